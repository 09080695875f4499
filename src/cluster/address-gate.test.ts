import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../errors/kafka-error.ts";
import { nodeDrain } from "../platform/node/drain.ts";
import { Cancellation } from "../runtime/cancellation.ts";
import { sleep } from "../runtime/sleep.ts";
import { type SimulatedPlatform, simulatedPlatform } from "../simulation/simulated-platform.ts";
import { AddressGate } from "./address-gate.ts";

const REFUSED = new KafkaError("authentication", "wrong password");
const quiet = new Cancellation();

async function inVirtualTime(body: (platform: SimulatedPlatform) => Promise<void>): Promise<void> {
  const platform = simulatedPlatform({ seed: 1, drain: nodeDrain });
  await platform.run(() => body(platform));
  assert.deepEqual([platform.runtime.tasks, platform.runtime.delays], [0, 0]);
}

test("while an address refuses nothing, every attempt may be made at once", () =>
  inVirtualTime(async (platform) => {
    const gate = new AddressGate();
    await Promise.all([1, 2, 3].map(() => gate.enter(platform, quiet)));
    assert.equal(platform.clock.monotonic(), 0);
  }));

test("after a refusal one attempt a second is made, and its refusal is that of all that wait", () =>
  inVirtualTime(async (platform) => {
    const gate = new AddressGate();
    gate.refused(REFUSED, 0);
    const entered: number[] = [];
    const waiting = [1, 2, 3].map(() =>
      gate.enter(platform, quiet).then(() => entered.push(platform.clock.monotonic())),
    );
    await sleep(platform, 1000);
    await sleep(platform, 10);
    assert.deepEqual(entered.map(Math.round), [1000]);
    gate.refused(REFUSED, platform.clock.monotonic());
    const results = await Promise.allSettled(waiting);
    assert.deepEqual(
      results
        .map((one) => (one.status === "rejected" ? one.reason : "entered") as unknown)
        .filter((one) => one === REFUSED),
      [REFUSED, REFUSED],
    );
    assert.ok(platform.clock.monotonic() < 1100);
  }));

test("when an attempt succeeds, all that wait go on at once", () =>
  inVirtualTime(async (platform) => {
    const gate = new AddressGate();
    gate.refused(REFUSED, 0);
    assert.equal(gate.isRefusing, true);
    const waiting = [1, 2, 3].map(() => gate.enter(platform, quiet));
    await sleep(platform, 300);
    gate.passed();
    await Promise.all(waiting);
    assert.equal(Math.round(platform.clock.monotonic()), 300);
    assert.equal(gate.isRefusing, false);
  }));

test("a signal ends the wait", () =>
  inVirtualTime(async (platform) => {
    const gate = new AddressGate();
    gate.refused(REFUSED, 0);
    const signal = new Cancellation();
    const waiting = gate.enter(platform, signal);
    signal.cancel(new KafkaError("closed", "the client was closed"));
    await assert.rejects(waiting, /the client was closed/);
  }));

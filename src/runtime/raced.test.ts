import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../errors/kafka-error.ts";
import { nodeDrain } from "../platform/node/drain.ts";
import { type SimulatedPlatform, simulatedPlatform } from "../simulation/simulated-platform.ts";
import { Cancellation } from "./cancellation.ts";
import { raced } from "./raced.ts";

const never = new Promise<never>(() => undefined);
const late = new KafkaError("timeout", "too late");

async function inVirtualTime(body: (platform: SimulatedPlatform) => Promise<void>): Promise<void> {
  const platform = simulatedPlatform({ seed: 1, drain: nodeDrain });
  await platform.run(() => body(platform));
  assert.deepEqual([platform.runtime.tasks, platform.runtime.delays], [0, 0]);
}

test("a promise that settles first wins, and leaves no listener", () =>
  inVirtualTime(async (platform) => {
    const signal = new Cancellation();
    assert.equal(await raced(platform, Promise.resolve(7), signal), 7);
    await assert.rejects(raced(platform, Promise.reject(new Error("mine")), signal), /mine/);
    assert.equal(signal.listenerCount, 0);
  }));

test("a promise that never settles ends with the reason of the signal, also of one that has fired before", () =>
  inVirtualTime(async (platform) => {
    const signal = new Cancellation();
    const waiting = raced(platform, never, signal);
    signal.cancel(late);
    await assert.rejects(waiting, /too late/);
    await assert.rejects(raced(platform, never, signal), /too late/);
  }));

test("a promise that rejects because of the signal gives its own reason", () =>
  inVirtualTime(async (platform) => {
    const signal = new Cancellation();
    const informed = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(new Error("the token endpoint is down")));
    });
    const passedOn = (async () => {
      await Promise.resolve();
      return await informed;
    })();
    const waiting = raced(platform, passedOn, signal);
    signal.cancel(late);
    await assert.rejects(waiting, /the token endpoint is down/);
  }));

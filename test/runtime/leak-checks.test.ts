// The checks for leaks see a task that hangs, although for the runtime each task of a client ends when it has started.
import { test } from "node:test";
import assert from "node:assert/strict";
import { nodeDrain } from "../../src/platform/node/drain.ts";
import type { AsyncRuntime, Clock } from "../../src/runtime/async-runtime.ts";
import { GuardedRuntime } from "../../src/runtime/guarded-runtime.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { TaskGroup } from "../../src/runtime/task-group.ts";
import { nothingIsLeft } from "../../src/simulation/checkers/lifecycle.ts";
import { simulate } from "../../src/simulation/world.ts";
import { inWorld } from "../client/world.ts";
import { withCluster } from "../embedded/raw-client.ts";
import { type Break, breakingRuntime } from "../runtimes/breaking.ts";
import { hostileRuntimes } from "../runtimes/hostile.ts";
import { inVirtualTime } from "./virtual.ts";

type Timed = AsyncRuntime & { readonly clock: Clock };

/** Starts a task that never ends, as a client does: in a group, behind the watch over the runtime. */
function hang(runtime: AsyncRuntime, clock: Clock): void {
  new TaskGroup(new GuardedRuntime(runtime, clock, () => assert.fail("broken"))).spawn(() => new Promise(() => {}));
}

for (const hangs of [false, true]) {
  const title = hangs ? "a task that hangs is a leak" : "no task is no leak";
  const outcome = (run: Promise<unknown>, leak: RegExp): Promise<void> =>
    hangs ? assert.rejects(run, leak) : run.then(() => undefined);

  test(`${title} for tests of clients`, () =>
    outcome(
      inWorld({}, async ({ platform, kafka }) => {
        await kafka.producer().send({ topic: "t", value: "a" });
        if (hangs) hang(platform.runtime, platform.clock);
      }),
      /after close 1 tasks and 0 delays live/,
    ));

  test(`${title} for tests of the embedded cluster`, () =>
    outcome(
      withCluster({}, async ({ platform, connect }) => {
        await connect();
        if (hangs) hang(platform.runtime, platform.clock);
      }),
      /left something behind/,
    ));

  test(`${title} for tests in virtual time`, () =>
    outcome(
      inVirtualTime(async ({ runtime, clock }) => {
        if (hangs) hang(runtime, clock);
      }),
      /1 tasks and 0 delays live/,
    ));

  test(`${title} for a node of the simulator`, async () => {
    const { history } = await simulate({ seed: 1, drain: nodeDrain }, async (world) => {
      const { runtime } = world.node("client");
      if (hangs) hang(runtime, runtime.clock);
      await world.sleep(10);
      world.recordLeaks();
    });
    assert.deepEqual(
      nothingIsLeft(history).map(({ message }) => message),
      hangs ? ["client left 1 tasks, 0 delays and 0 connections"] : [],
    );
  });
}

const wrappers: readonly (readonly [name: string, wrap: (host: Timed) => AsyncRuntime])[] = [
  ...hostileRuntimes.map(({ name, wrap }) => [name, wrap] as const),
  ["breaking", (host) => breakingRuntime(host, { kind: "spawn throws", at: 0, times: 0 } satisfies Break)],
];

for (const [name, wrap] of wrappers) {
  test(`a task that hangs on a runtime that is wrapped is seen, too: ${name}`, () =>
    assert.rejects(
      inVirtualTime(async ({ runtime, clock }) => {
        hang(wrap(runtime), clock);
        await sleep({ runtime, clock }, 10);
      }),
      /1 tasks and 0 delays live/,
    ));
}

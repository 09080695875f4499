import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { nodeDrain, nodeStrictDrain } from "../../src/platform/node/drain.ts";
import type { Drain } from "../../src/runtime/drain.ts";
import { EventHeap } from "../../src/simulation/event-heap.ts";
import { Random } from "../../src/simulation/random.ts";
import { Scheduler } from "../../src/simulation/scheduler.ts";
import { type SimulatedPlatform, simulatedPlatform } from "../../src/simulation/simulated-platform.ts";
import { sleep } from "../../src/runtime/sleep.ts";

/** The first numbers of a stream. They must be equal on every engine, so that a seed means the same on every host. */
const GOLDEN = [119124117, 4231613561, 3280682088, 861988994];

const spawnMany = async (platform: SimulatedPlatform): Promise<string> => {
  const random = Random.keyed(7, "test");
  let log = "";
  for (let i = 0; i < 50; i++) {
    platform.runtime.spawn(async () => {
      await sleep(platform, random.below(5));
      log += `${i},`;
    });
  }
  await sleep(platform, 20);
  return `${log} ${platform.scheduler.traceHash}`;
};
const inOrder = (seed: number): Promise<string> => {
  const platform = simulatedPlatform({ seed, drain: nodeDrain });
  return platform.run(() => spawnMany(platform));
};

test("one seed gives one run, another seed another", async () => {
  assert.equal(await inOrder(7), await inOrder(7));
  assert.notEqual(await inOrder(7), await inOrder(8));
});

test("streams of one seed do not disturb each other, and are the same on every engine", () => {
  const numbers = (random: Random): number[] => Array.from({ length: 4 }, () => random.uint32());
  assert.deepEqual(numbers(Random.keyed(1, "a")), numbers(Random.keyed(1, "a")));
  assert.notDeepEqual(numbers(Random.keyed(1, "a")), numbers(Random.keyed(1, "b")));
  assert.notDeepEqual(numbers(Random.keyed(1, "a")), numbers(Random.keyed(2, "a")));
  assert.deepEqual(numbers(Random.keyed(1, "golden")), GOLDEN);
  const random = Random.keyed(3, "range");
  for (let i = 0; i < 1000; i++) {
    const n = random.between(-3, 3);
    assert.ok(n >= -3 && n <= 3 && Number.isInteger(n));
    const x = random.fraction();
    assert.ok(x >= 0 && x < 1);
  }
  for (const length of [0, 1, 7, 65_537]) {
    const bytes = new Uint8Array(length);
    random.fill(bytes);
    if (length > 100) assert.ok(new Set(bytes).size > 200);
  }
});

test("the heap gives events by time, tie and sequence", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(5), fc.nat(3))), (events) => {
      const heap = new EventHeap();
      events.forEach(([timeUs, tie], sequence) => heap.push({ timeUs, tie, sequence, run: undefined }));
      const out: number[][] = [];
      for (let event = heap.pop(); event !== undefined; event = heap.pop())
        out.push([event.timeUs, event.tie, event.sequence]);
      const sorted = events
        .map(([timeUs, tie], sequence) => [timeUs, tie, sequence])
        .sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0) || (a[2] ?? 0) - (b[2] ?? 0));
      assert.deepEqual(out, sorted);
    }),
  );
});

const drains: readonly (readonly [what: string, drain: Drain])[] = [
  ["a turn of the host", nodeDrain],
  ["the host's strict drain", nodeStrictDrain()],
  [
    "a strict drain that does nothing, in whose place turns are taken",
    Object.assign(() => nodeDrain(), {
      strict: { enter: (loop: () => void) => void setImmediate(loop), drainNow: () => undefined },
    }),
  ],
];

for (const [what, drain] of drains) {
  test(`the drain is a real one: a chain of 10,000 awaits is over before the next event (${what})`, async () => {
    const scheduler = new Scheduler({ seed: 1, drain });
    let depth = 0;
    await scheduler.run(async () => {
      const chain = (async () => {
        for (; depth < 10_000; depth++) await Promise.resolve();
      })();
      await new Promise<void>((resolve) =>
        scheduler.schedule(0, () => {
          assert.equal(depth, 10_000);
          resolve();
        }),
      );
      await chain;
    });
  });
}

test(
  "by turns of the host others get in between; a strict run is one task of the host, and what waits for others is " +
    "told as a deadlock",
  async () => {
    const foreignTurns = async (drain: Drain): Promise<number> => {
      const scheduler = new Scheduler({ seed: 1, drain });
      let turns = 0;
      const timer = setInterval(() => turns++, 0);
      const before = await scheduler.run(async () => {
        await new Promise<void>((resolve) => scheduler.schedule(0, resolve));
        const before = turns;
        const untilMs = performance.now() + 20;
        for (let i = 0; i < 1000 || performance.now() < untilMs; i++)
          await new Promise<void>((resolve) => scheduler.schedule(1, resolve));
        return turns - before;
      });
      clearInterval(timer);
      return before;
    };
    assert.notEqual(await foreignTurns(nodeDrain), 0);
    assert.equal(await foreignTurns(nodeStrictDrain()), 0);
    const outside = (drain: Drain): Promise<void> => {
      const scheduler = new Scheduler({ seed: 1, drain, maxEvents: 10_000 });
      const tick = (): void => void scheduler.schedule(1000, tick);
      return scheduler.run(() => (tick(), new Promise<void>((resolve) => setTimeout(resolve, 1))));
    };
    await assert.rejects(outside(nodeStrictDrain()), /a loop does not end/);
  },
);

test("the strict drain leaves the same trace as turns do", async () => {
  const trace = async (drain: Drain): Promise<string> => {
    const platform = simulatedPlatform({ seed: 5, drain });
    await platform.run(() => spawnMany(platform));
    return platform.scheduler.traceHash;
  };
  const [byTurns, strict] = [await trace(nodeDrain), await trace(nodeStrictDrain())];
  assert.equal(strict, byTurns);
});

test("time stands still while something can run, and a deadlock is reported at once", async () => {
  const platform = simulatedPlatform({ seed: 1, drain: nodeDrain });
  await platform.run(async () => {
    const before = platform.clock.monotonic();
    for (let i = 0; i < 100; i++) await new Promise<void>((resolve) => platform.runtime.spawn(async () => resolve()));
    assert.equal(platform.clock.monotonic(), before);
  });
  await assert.rejects(
    simulatedPlatform({ seed: 1, drain: nodeDrain }).run(() => new Promise(() => undefined)),
    /deadlock at/,
  );
  const endless = simulatedPlatform({ seed: 1, drain: nodeDrain, maxEvents: 1000 });
  await assert.rejects(
    endless.run(async () => {
      for (;;) await sleep(endless, 1);
    }),
    /a loop does not end/,
  );
});

test("a delay: never early, silent when disposed, and a late callback is still called; a spawned task runs later", async () => {
  const platform = simulatedPlatform({ seed: 1, drain: nodeDrain });
  const { runtime, clock } = platform;
  await platform.run(async () => {
    let ran = false;
    runtime.spawn(async () => {
      ran = true;
    });
    assert.equal(ran, false);
    const silent = runtime.delayFor(5);
    silent.then(() => assert.fail("disposed"));
    silent[Symbol.dispose]();
    silent[Symbol.dispose]();
    const delay = runtime.delayFor(3.5);
    await delay;
    assert.ok(clock.monotonic() >= 3.5);
    assert.equal(await new Promise((resolve) => delay.then(() => resolve("again"))), "again");
    delay[Symbol.dispose]();
    assert.equal(ran, true);
    assert.equal(runtime.delays, 0);
  });
});

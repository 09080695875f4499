// The helpers that are built only on the contract, on the simulated clock.
import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { KafkaError } from "../../src/errors/kafka-error.ts";
import type { AsyncRuntime, Delay } from "../../src/runtime/async-runtime.ts";
import { backoffMs } from "../../src/runtime/backoff.ts";
import { BoundedQueue } from "../../src/runtime/bounded-queue.ts";
import { Cancellation } from "../../src/runtime/cancellation.ts";
import { DeadlineEntry, DeadlineWheel } from "../../src/runtime/deadline-wheel.ts";
import { GuardedRuntime } from "../../src/runtime/guarded-runtime.ts";
import { Semaphore } from "../../src/runtime/semaphore.ts";
import { sleep, turn } from "../../src/runtime/sleep.ts";
import { TaskGroup } from "../../src/runtime/task-group.ts";
import { WorkLoop } from "../../src/runtime/work-loop.ts";
import { inVirtualTime } from "./virtual.ts";

test("sleep waits by the clock, also longer than a timer counts", () =>
  inVirtualTime(async (platform) => {
    for (const ms of [0, 0.5, 1, 3000, 2 ** 31, 2 ** 33]) {
      const before = platform.clock.monotonic();
      await sleep(platform, ms);
      const took = platform.clock.monotonic() - before;
      assert.ok(took >= ms - 1e-6 && took < ms + 1, `${ms} took ${took}`);
    }
  }));

test("sleep arms again when a delay comes early, and disposes each delay once", () =>
  inVirtualTime(async (platform) => {
    let made = 0;
    let disposed = 0;
    const early: AsyncRuntime = {
      spawn: (task) => platform.runtime.spawn(task),
      delayFor: (ms): Delay => {
        made++;
        const delay = platform.runtime.delayFor(ms * 0.6);
        return {
          then: (f) => delay.then(f),
          [Symbol.dispose]: () => {
            disposed++;
            delay[Symbol.dispose]();
          },
        };
      },
    };
    await sleep({ runtime: early, clock: platform.clock }, 100);
    assert.ok(platform.clock.monotonic() >= 100);
    assert.ok(made > 1);
    assert.equal(disposed, made);
  }));

test("a cancelled sleep rejects at once and lets its delay go; one that is over does not hear of it", () =>
  inVirtualTime(async (platform) => {
    const signal = new Cancellation();
    const group = new TaskGroup(platform.runtime);
    group.spawn(async () => {
      await sleep(platform, 5);
      signal.cancel(new KafkaError("cancelled", "enough"));
    });
    await assert.rejects(sleep(platform, 1000, signal), /enough/);
    assert.equal(Math.round(platform.clock.monotonic()), 5);
    await assert.rejects(sleep(platform, 1000, signal), /enough/);
    assert.equal(signal.listenerCount, 0);
    await group.close();
  }));

test("a task that hangs is seen by the counts of a simulated runtime, also through the watch of a client", () =>
  inVirtualTime(async ({ runtime, clock }) => {
    const before = runtime.tasks;
    for (const watched of [runtime, new GuardedRuntime(runtime, clock, () => assert.fail("broken"))]) {
      const group = new TaskGroup(watched);
      let end: () => void = () => undefined;
      group.spawn(() => new Promise<void>((resolve) => (end = resolve)));
      await sleep({ runtime, clock }, 10);
      assert.deepEqual([runtime.tasks - before, runtime.spawned - before], [1, 0]);
      end();
      await group.close();
      assert.equal(runtime.tasks, before);
    }
  }));

test("a task group counts, catches, cancels and waits", () =>
  inVirtualTime(async (platform) => {
    const errors: string[] = [];
    const group = new TaskGroup(platform.runtime, (error) => errors.push(error.message));
    let ended = 0;
    group.spawn(async () => {
      throw new Error("boom");
    });
    group.spawn(() => {
      throw new Error("at once");
    });
    group.spawn(async (signal) => {
      try {
        await sleep(platform, 10_000, signal);
      } finally {
        await sleep(platform, 7);
        ended++;
      }
    });
    assert.equal(group.live, 3);
    await sleep(platform, 1);
    assert.deepEqual(errors.sort(), ["at once", "boom"]);
    assert.equal(group.live, 1);
    await Promise.all([group.close(), group.close()]);
    assert.equal(ended, 1);
    assert.equal(group.live, 0);
    group.spawn(async () => {
      ended++;
    });
    await sleep(platform, 10);
    assert.equal(ended, 1, "a closed group starts nothing");
  }));

class Entry extends DeadlineEntry {
  readonly fired: number[] = [];
  readonly #now: () => number;
  constructor(now: () => number) {
    super();
    this.#now = now;
  }
  override onDeadline(): void {
    this.fired.push(this.#now());
  }
}

test("the deadline wheel fires each entry once, never early, whatever is added, moved and removed", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ entry: fc.nat(9), op: fc.constantFrom("add", "remove", "wait"), ms: fc.nat(200) }), {
        maxLength: 60,
      }),
      (steps) =>
        inVirtualTime(async (platform) => {
          const wheel = new DeadlineWheel(platform);
          const entries = Array.from({ length: 10 }, () => new Entry(() => platform.clock.monotonic()));
          const due = new Map<number, number>();
          const expected = new Map<number, number>();
          const settle = (): void => {
            for (const [i, deadline] of due)
              if (deadline <= platform.clock.monotonic()) {
                expected.set(i, (expected.get(i) ?? 0) + 1);
                due.delete(i);
              }
          };
          for (const { entry, op, ms } of steps) {
            settle();
            const one = entries[entry];
            assert.ok(one);
            if (op === "wait") await sleep(platform, ms);
            else if (op === "remove") {
              wheel.remove(one);
              due.delete(entry);
            } else {
              wheel.add(one, platform.clock.monotonic() + ms + 0.5);
              due.set(entry, platform.clock.monotonic() + ms + 0.5);
            }
            assert.ok(platform.runtime.delays <= 1, "one delay for all of them");
          }
          await sleep(platform, 1000);
          settle();
          entries.forEach((one, i) => assert.equal(one.fired.length, expected.get(i) ?? 0));
          assert.ok(wheel.isEmpty);
          wheel.close();
        }),
    ),
    { numRuns: 60 },
  ));

test("a deadline is never early, and in order", () =>
  inVirtualTime(async (platform) => {
    const wheel = new DeadlineWheel(platform);
    const order: number[] = [];
    for (const ms of [30, 10, 20, 10, 40]) {
      const entry = new (class extends DeadlineEntry {
        override onDeadline(): void {
          assert.ok(platform.clock.monotonic() >= ms);
          order.push(ms);
        }
      })();
      wheel.add(entry, ms);
    }
    await sleep(platform, 100);
    assert.deepEqual(order, [10, 10, 20, 30, 40]);
    wheel.close();
  }));

test("deadlines fire by time, and equal ones in the order in which they were added", () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.record({ ms: fc.nat(5), isRemoved: fc.boolean() }), { maxLength: 60 }), (steps) =>
      inVirtualTime(async (platform) => {
        const wheel = new DeadlineWheel(platform);
        const order: number[] = [];
        const entries = steps.map(({ ms }, i) => {
          const entry = new (class extends DeadlineEntry {
            override onDeadline(): void {
              order.push(i);
            }
          })();
          wheel.add(entry, ms);
          return entry;
        });
        for (const [i, entry] of entries.entries()) if (steps[i]?.isRemoved === true) wheel.remove(entry);
        await sleep(platform, 100);
        const expected = steps.flatMap(({ ms, isRemoved }, i) => (isRemoved ? [] : [{ ms, i }]));
        assert.deepEqual(
          order,
          expected.sort((a, b) => a.ms - b.ms || a.i - b.i).map(({ i }) => i),
        );
        wheel.close();
      }),
    ),
    { numRuns: 60 },
  ));

test("thousands of deadlines at three distances cost a few comparisons each", () => {
  const never: Delay = { then: () => undefined, [Symbol.dispose]: () => undefined };
  const wheel = new DeadlineWheel({
    clock: { now: () => 0, monotonic: () => 0 },
    runtime: { spawn: () => undefined, delayFor: () => never },
  });
  let reads = 0;
  const watched = (): DeadlineEntry => {
    let deadlineMs = 0;
    return Object.defineProperty(new Entry(() => 0), "deadlineMs", {
      get: () => (reads++, deadlineMs),
      set: (ms: number) => {
        deadlineMs = ms;
      },
    });
  };
  const entries: DeadlineEntry[] = [];
  for (let i = 0; i < 4000; i++)
    for (const distanceMs of [60_000, 2000, 10_000]) {
      const entry = watched();
      entries.push(entry);
      wheel.add(entry, i + distanceMs);
    }
  for (const entry of entries) wheel.remove(entry);
  assert.ok(wheel.isEmpty);
  // Searching a list from its ends would read 4,000 of them on average for each of the middle distance.
  assert.ok(reads < entries.length * 100, `${reads} reads`);
  wheel.close();
});

test("backoff doubles from the base to the maximum, with a jitter of a fifth", () => {
  const at = (attempt: number, random: number): number => backoffMs({ baseMs: 100, maxMs: 1000, attempt, random });
  assert.deepEqual(
    [0, 1, 2, 3, 4, 50].map((n) => at(n, 0.5)),
    [100, 200, 400, 800, 1000, 1000],
  );
  fc.assert(
    fc.property(fc.nat(60), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (attempt, random) => {
      const middle = at(attempt, 0.5);
      const ms = at(attempt, random);
      assert.ok(Number.isInteger(ms) && ms >= middle * 0.8 - 1 && ms <= middle * 1.2);
    }),
  );
});

test("a work loop loses no kick and never works twice at a time", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ pause: fc.nat(8), kick: fc.boolean() }), { minLength: 1, maxLength: 40 }),
      fc.nat(6),
      (steps, workMs) =>
        inVirtualTime(async (platform) => {
          const group = new TaskGroup(platform.runtime);
          let running = 0;
          let wanted = 0;
          let seen = 0;
          const loop = new WorkLoop(group, async () => {
            assert.equal(++running, 1);
            const now = wanted;
            await sleep(platform, workMs);
            seen = Math.max(seen, now);
            running--;
          });
          for (const { pause, kick } of steps) {
            if (kick) {
              wanted++;
              loop.kick();
            }
            await sleep(platform, pause);
          }
          await sleep(platform, 100);
          assert.equal(seen, wanted, "the work after the last kick saw it");
          assert.equal(loop.state, "idle");
          assert.equal(group.live, 0, "no task while there is nothing to do");
          await group.close();
        }),
    ),
    { numRuns: 60 },
  ));

test("a work loop whose work throws goes on with the next kick", () =>
  inVirtualTime(async (platform) => {
    const errors: string[] = [];
    const group = new TaskGroup(platform.runtime, (error) => errors.push(error.message));
    let runs = 0;
    const loop = new WorkLoop(group, async () => {
      runs++;
      await turn(platform.runtime);
      if (runs === 1) throw new Error("once");
    });
    loop.kick();
    await sleep(platform, 5);
    loop.kick();
    await sleep(platform, 5);
    assert.deepEqual([runs, errors], [2, ["once"]]);
    await group.close();
  }));

test("a semaphore grants in order and never more than it has", () =>
  fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.record({ count: fc.integer({ min: 1, max: 5 }), hold: fc.nat(10), cancel: fc.boolean() }), {
        maxLength: 25,
      }),
      (permits, users) =>
        inVirtualTime(async (platform) => {
          const semaphore = new Semaphore(permits);
          const group = new TaskGroup(platform.runtime);
          const asked: number[] = [];
          const granted: number[] = [];
          let used = 0;
          const fits = users.map((user) => ({ ...user, count: Math.min(user.count, permits) }));
          for (const [i, { count, hold, cancel }] of fits.entries()) {
            const signal = new Cancellation();
            group.spawn(async () => {
              if (!cancel) asked.push(i);
              try {
                await semaphore.acquire(count, signal);
              } catch {
                return;
              }
              if (!cancel) granted.push(i);
              used += count;
              assert.ok(used <= permits);
              await sleep(platform, hold);
              used -= count;
              semaphore.release(count);
            });
            if (cancel)
              group.spawn(async () => {
                await sleep(platform, 3);
                signal.cancel(new KafkaError("cancelled", "left"));
              });
          }
          await sleep(platform, 1000);
          assert.deepEqual(granted, asked);
          assert.deepEqual([semaphore.available, semaphore.waiting], [permits, 0]);
          await group.close();
        }),
    ),
    { numRuns: 60 },
  ));

test("a bounded queue keeps order, makes both sides wait, and ends", () =>
  inVirtualTime(async (platform) => {
    const queue = new BoundedQueue<number>(2);
    const group = new TaskGroup(platform.runtime);
    const taken: number[] = [];
    group.spawn(async () => {
      for (let item = await queue.take(); item !== undefined; item = await queue.take()) {
        taken.push(item);
        assert.ok(queue.length <= 2);
        await sleep(platform, 3);
      }
      taken.push(-1);
    });
    for (let i = 0; i < 20; i++) await queue.push(i);
    assert.equal(queue.tryPush(99), false);
    queue.close();
    await assert.rejects(queue.push(1), { kind: "closed" });
    await sleep(platform, 200);
    assert.deepEqual(taken, [...Array.from({ length: 20 }, (_, i) => i), -1]);
    await group.close();
  }));

import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { KafkaError } from "../../errors/kafka-error.ts";
import { Cancellation } from "../../runtime/cancellation.ts";
import type { DeadlineEntry, DeadlineWheel } from "../../runtime/deadline-wheel.ts";
import { MemoryGate } from "./memory-gate.ts";

/** The part of a wheel that the gate uses; the test makes deadlines pass. */
class Deadlines {
  readonly entries = new Set<DeadlineEntry>();
  add(entry: DeadlineEntry): void {
    this.entries.add(entry);
  }
  remove(entry: DeadlineEntry): void {
    this.entries.delete(entry);
  }
}

class Alive {
  holds = 0;
  hold(): void {
    this.holds++;
  }
  release(): void {
    this.holds--;
  }
}

function gateOf(capacity: number): { gate: MemoryGate; deadlines: Deadlines; alive: Alive } {
  const deadlines = new Deadlines();
  const alive = new Alive();
  return {
    gate: new MemoryGate({ capacity, maxBlockMs: 100, deadlines: deadlines as unknown as DeadlineWheel, alive }),
    deadlines,
    alive,
  };
}

/** The result of a wait: "ok", or the kind of its error. */
const fate = (wait: Promise<void>): Promise<string> =>
  wait.then(
    () => "ok",
    (e: unknown) => (KafkaError.is(e) ? e.kind : "?"),
  );

test("whoever waits is served in order, also a small one behind a large one", async () => {
  const { gate } = gateOf(10);
  const order: string[] = [];
  await gate.acquire(10, undefined);
  const waits = [8, 1, 5].map((bytes) => gate.acquire(bytes, undefined).then(() => order.push(String(bytes))));
  gate.free(5);
  await Promise.resolve();
  assert.deepEqual(order, []);
  assert.equal(gate.hasRoom(1), false);
  gate.free(5);
  await Promise.all(waits.slice(0, 2));
  assert.deepEqual([order, gate.usedBytes], [["8", "1"], 9]);
  gate.free(8);
  await Promise.all(waits);
  assert.equal(gate.usedBytes, 6);
});

test("a wait that ends in vain takes nothing, says buffer-full or cancelled, and lets the next one in", async () => {
  const { gate, deadlines } = gateOf(10);
  await gate.acquire(5, undefined);
  const cancellation = new Cancellation();
  const late = fate(gate.acquire(9, 100));
  const cancelled = fate(gate.acquire(9, undefined, cancellation));
  const small = fate(gate.acquire(3, undefined));
  for (const entry of deadlines.entries) entry.onDeadline();
  assert.equal(gate.usedBytes, 5);
  cancellation.cancel(new KafkaError("cancelled", "enough"));
  assert.deepEqual(
    [await late, await cancelled, await small, gate.usedBytes, deadlines.entries.size],
    ["buffer-full", "cancelled", "ok", 8, 0],
  );
  assert.equal(await fate(gate.acquire(1, undefined, cancellation)), "cancelled");
});

test("when all who wait fail, none of them gets the room that another gave up", async () => {
  const { gate } = gateOf(10);
  await gate.acquire(5, undefined);
  const waits = [fate(gate.acquire(8, undefined)), fate(gate.acquire(3, undefined))];
  gate.fail(new KafkaError("closed", "closed"));
  assert.deepEqual([await Promise.all(waits), gate.usedBytes], [["closed", "closed"], 5]);
});

test("against a model: never over the limit, in order, and nothing lost", async () => {
  const step = fc.oneof(
    fc.integer({ min: 1, max: 10 }).map((bytes) => ({ bytes })),
    fc.constant({ bytes: 0 }),
    fc.constant({ bytes: -1 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { gate, deadlines } = gateOf(10);
      const held: number[] = [];
      const granted: number[] = [];
      let asked = 0;
      let expired = 0;
      for (const { bytes } of steps) {
        if (bytes > 0) {
          const id = asked++;
          gate.acquire(bytes, 100).then(
            () => {
              granted.push(id);
              held.push(bytes);
            },
            () => expired++,
          );
        } else if (bytes === 0) {
          const freed = held.shift();
          if (freed !== undefined) gate.free(freed);
        } else [...deadlines.entries][0]?.onDeadline();
        await new Promise(setImmediate);
        assert.equal(
          gate.usedBytes,
          held.reduce((sum, n) => sum + n, 0),
        );
        assert.ok(gate.usedBytes <= 10, `${gate.usedBytes} bytes`);
        assert.deepEqual(
          granted,
          [...granted].sort((a, b) => a - b),
        );
      }
      while (held.length > 0) {
        gate.free(held.shift()!);
        await new Promise(setImmediate);
      }
      assert.deepEqual([granted.length + expired, gate.usedBytes, deadlines.entries.size], [asked, 0, 0]);
    }),
    { numRuns: 60 },
  );
});

test("it is held while it counts anything, once, and released when the last is freed", async () => {
  const { gate, alive } = gateOf(10);
  gate.free(0);
  assert.equal(alive.holds, 0);
  gate.take(4);
  gate.take(6);
  const waited = gate.acquire(3, undefined);
  assert.equal(alive.holds, 1);
  gate.free(10); // now the waiter gets its room
  await waited;
  assert.deepEqual([alive.holds, gate.usedBytes], [1, 3]);
  gate.free(3);
  assert.equal(alive.holds, 0);
});

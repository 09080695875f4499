import { test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { TimerWheel, WheelEntry, WheelList } from "./timer-wheel.ts";

class Entry extends WheelEntry {
  readonly id: number;
  readonly wanted: number;

  constructor(id: number, tick: number) {
    super();
    this.id = id;
    this.tick = tick;
    this.wanted = tick;
  }

  override fire(): void {
    // The test looks at the list instead.
  }
}

function idOf(entry: WheelEntry): number {
  return entry instanceof Entry ? entry.id : -1;
}

/** Moves on to a tick, and answers the ids of what became due, with the tick at which it did. */
function runTo(wheel: TimerWheel, tick: number): (readonly [id: number, at: number])[] {
  const fired: [number, number][] = [];
  for (let next = wheel.nextTick(); next <= tick; next = wheel.nextTick()) {
    const due = new WheelList();
    wheel.advance(next, due);
    for (let entry = due.first; entry !== undefined; entry = due.first) {
      due.remove(entry);
      fired.push([idOf(entry), next]);
    }
  }
  return fired;
}

const ticks = fc.oneof(
  fc.integer({ min: 1, max: 600 }),
  fc.integer({ min: 1, max: 200_000 }),
  fc.integer({ min: 1, max: 40_000_000 }),
  fc.constantFrom(
    255,
    256,
    257,
    511,
    512,
    65_535,
    65_536,
    65_537,
    16_777_216,
    4_294_967_295,
    4_294_967_296,
    9_000_000_000,
  ),
);

test("every entry is due at its tick, neither before nor after, whatever else is added and removed", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("add" as const), delta: ticks }),
    fc.record({ kind: fc.constant("remove" as const), which: fc.nat() }),
    fc.record({ kind: fc.constant("move" as const), delta: ticks }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const wheel = new TimerWheel();
      const waiting = new Map<number, Entry>();
      let now = 0;
      let id = 0;
      for (const s of steps) {
        if (s.kind === "add") {
          const entry = new Entry(id++, now + s.delta);
          // The wheel's own tick lags behind until something was due: an entry still gets the tick that it asked for.
          wheel.add(entry);
          waiting.set(entry.id, entry);
        } else if (s.kind === "remove") {
          const entry = [...waiting.values()][s.which % Math.max(1, waiting.size)];
          if (entry === undefined) continue;
          wheel.remove(entry);
          wheel.remove(entry);
          waiting.delete(entry.id);
        } else {
          now += s.delta;
          for (const [fired, at] of runTo(wheel, now)) {
            assert.equal(at, waiting.get(fired)?.wanted);
            waiting.delete(fired);
          }
          for (const entry of waiting.values()) assert.ok(entry.wanted > now, `${entry.wanted} is over at ${now}`);
        }
        assert.equal(wheel.size, waiting.size);
      }
    }),
    { numRuns: 400 },
  );
});

test("what is not in the future is due at the next tick", () => {
  const wheel = new TimerWheel();
  wheel.add(new Entry(1, 10));
  assert.deepEqual(runTo(wheel, 10), [[1, 10]]);
  wheel.add(new Entry(2, 3));
  assert.deepEqual(runTo(wheel, 11), [[2, 11]]);
  assert.equal(wheel.nextTick(), Number.POSITIVE_INFINITY);
});

test("entries of one tick leave in the order in which they came, and days pass in few steps", () => {
  const wheel = new TimerWheel();
  for (let i = 0; i < 5; i++) wheel.add(new Entry(i, 86_400_000 * 60));
  let steps = 0;
  for (let next = wheel.nextTick(); next !== Number.POSITIVE_INFINITY; next = wheel.nextTick(), steps++) {
    const due = new WheelList();
    wheel.advance(next, due);
    const ids: number[] = [];
    for (let entry = due.first; entry !== undefined; entry = entry.next) ids.push(idOf(entry));
    if (ids.length > 0) assert.deepEqual(ids, [0, 1, 2, 3, 4]);
  }
  assert.ok(steps < 10, `${steps} steps for sixty days`);
});

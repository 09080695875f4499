import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type CursorEvent, type CursorState, LEGAL, notBefore, transition, UNPLACED } from "./cursor-state.ts";

const placed = { name: "placed" } as const;
const sought = { name: "sought", where: "earliest", lost: undefined } as const;
const lost = { name: "lost", from: 12 } as const;
const answered = { name: "answered" } as const;
const failed = { name: "failed", notBeforeMs: 500 } as const;
const outOfRange = { name: "out-of-range" } as const;
const unknown = { name: "unknown", nowMs: 100 } as const;
const moved = { name: "moved" } as const;
const removed = { name: "removed" } as const;

function after(...events: readonly CursorEvent[]): CursorState {
  let state = UNPLACED;
  for (const event of events) {
    const next = transition(state, event);
    assert.ok(next !== undefined, `${event.name} in ${state.name}`);
    state = next;
  }
  return state;
}

/** A row: the event, the state, the time of the next fetch, failures, times out of range. */
const TABLE: readonly (readonly [string, readonly CursorEvent[], CursorState["name"], number, number, number])[] = [
  ["nothing", [], "lost", 0, 0, 0],
  ["it has an offset", [placed], "reading", 0, 0, 0],
  ["a place is looked for", [sought], "seeking", 0, 0, 0],
  ["and found", [sought, placed], "reading", 0, 0, 0],
  ["a fetch failed", [placed, failed], "backing-off", 500, 1, 0],
  ["and another one", [placed, failed, { name: "failed", notBeforeMs: 900 }], "backing-off", 900, 2, 0],
  ["a good answer ends all trouble", [placed, failed, outOfRange, unknown, answered], "reading", 0, 0, 0],
  ["another leader ends a wait, and no trouble", [placed, failed, moved], "reading", 0, 1, 0],
  ["another leader is nothing to one that reads", [placed, moved], "reading", 0, 0, 0],
  ["a seek ends a wait, and no trouble", [placed, failed, sought], "seeking", 0, 1, 0],
  ["so does an offset", [placed, failed, placed], "reading", 0, 1, 0],
  ["a seek ends what was out of range", [placed, outOfRange, sought, placed], "reading", 0, 0, 0],
  ["out of range twice", [placed, outOfRange, failed, outOfRange], "backing-off", 500, 1, 2],
  ["a wait without a failure", [placed, { name: "deferred", notBeforeMs: 70 }], "backing-off", 70, 0, 0],
  ["a look-up failed", [sought, failed], "seeking", 0, 1, 0],
  ["its position is of no use", [placed, lost], "lost", 0, 0, 0],
  ["and the application sought", [placed, lost, placed], "reading", 0, 0, 0],
  ["it is gone", [placed, failed, removed], "gone", 0, 1, 0],
  ["and sought all the same", [placed, removed, sought, placed], "gone", 0, 0, 0],
];

for (const [what, events, name, untilMs, failures, timesOutOfRange] of TABLE)
  test(`${what}: ${name}`, () => {
    const state = after(...events);
    assert.deepEqual(
      [state.name, notBefore(state), state.failures, state.timesOutOfRange],
      [name, untilMs, failures, timesOutOfRange],
    );
  });

test("since when it is unknown stays until a good answer, or until that was reported", () => {
  assert.equal(after(placed, unknown, failed, { name: "unknown", nowMs: 900 }).unknownSinceMs, 100);
  assert.equal(after(placed, unknown, sought).unknownSinceMs, 100);
  assert.equal(after(placed, unknown, answered).unknownSinceMs, -1);
  assert.equal(after(placed, unknown, { name: "reported" }).unknownSinceMs, -1);
});

test("what a state carries: where it looks, what was lost, where it had been", () => {
  const reset = { from: 7, why: "the log does not have offset 7 any more" };
  const seeking = after(placed, { name: "sought", where: "latest", lost: reset });
  assert.ok(seeking.name === "seeking");
  assert.deepEqual([seeking.where, seeking.lost], ["latest", reset]);
  const again = after(placed, { name: "sought", where: "latest", lost: reset }, sought);
  assert.ok(again.name === "seeking");
  assert.equal(again.lost, undefined, "the application sought elsewhere: nothing was reset for it");
  const without = after(placed, lost);
  assert.ok(without.name === "lost");
  assert.equal(without.from, 12);
});

const event: fc.Arbitrary<CursorEvent> = fc.oneof(
  fc.constantFrom<CursorEvent>(placed, sought, lost, answered, outOfRange, moved, { name: "reported" }),
  fc.nat(1000).map((notBeforeMs) => ({ name: "failed", notBeforeMs }) as const),
  fc.nat(1000).map((notBeforeMs) => ({ name: "deferred", notBeforeMs }) as const),
  fc.nat(1000).map((nowMs) => ({ name: "unknown", nowMs }) as const),
  fc.constant(removed),
);

test("whatever happens in whatever order: the rules hold", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), (events) => {
      let state = UNPLACED;
      let isGone = false;
      for (const one of events) {
        const before = state;
        const next = transition(state, one);
        assert.equal(next === undefined, !LEGAL[state.name].includes(one.name), "just the legal events are taken");
        if (next === undefined) continue;
        state = next;
        isGone ||= one.name === "removed";
        assert.equal(state.name === "gone", isGone, "one that is gone stays so");
        if (isGone) continue;
        if (one.name === "answered") assert.deepEqual({ ...state }, { ...after(placed) });
        else assert.ok(state.failures >= before.failures, "only a good answer forgets failures");
        if (one.name === "placed") assert.equal(notBefore(state), 0);
        const hadPosition = before.name === "reading" || before.name === "backing-off";
        const hasPosition = state.name === "reading" || state.name === "backing-off";
        if (one.name === "placed") assert.ok(hasPosition);
        else if (one.name === "sought" || one.name === "lost") assert.ok(!hasPosition);
        else assert.equal(hasPosition, hadPosition, "only a seek, or what was found, says whether there is a position");
      }
    }),
    { numRuns: 1000 },
  );
});

test("an answer to a partition without a position is a fault", () => {
  for (const events of [[], [sought], [placed, removed]])
    assert.equal(transition(after(...events), answered), undefined);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  FRESH,
  LEGAL,
  maySend,
  mustRestart,
  type PartitionEvent,
  type PartitionState,
  PROOF_MS,
  transition,
} from "./partition-state.ts";

const sent = { name: "sent" } as const;
const answered = { name: "answered" } as const;
const proven = { name: "proven" } as const;
const refused = { name: "refused", notBeforeMs: 500 } as const;
const gap = { name: "gap" } as const;
const moved = { name: "moved", isBack: false } as const;
const back = { name: "moved", isBack: true } as const;
const flowing = [sent, answered, proven] as const;

function after(...events: readonly PartitionEvent[]): PartitionState {
  let state = FRESH;
  for (const event of events) {
    const next = transition(state, event, 100);
    assert.ok(next !== undefined, `${event.name} in ${state.name} (${state.inFlight} under way)`);
    state = next;
  }
  return state;
}

/** A row: the event, the state after it, and whether a batch may be sent at 100 and at 1000 ms. */
const TABLE: readonly (readonly [string, readonly PartitionEvent[], PartitionState["name"], boolean, boolean])[] = [
  ["nothing", [], "fresh", true, true],
  ["one is under way", [sent], "fresh", false, false],
  ["one was answered, and nothing is known of it", [sent, answered], "fresh", true, true],
  ["one was written", flowing, "flowing", true, true],
  ["five are under way", [...flowing, sent, sent, sent, sent, sent], "flowing", true, true],
  ["the oldest of two was refused", [...flowing, sent, sent, answered, refused], "retrying", false, false],
  ["and the later one written", [...flowing, sent, sent, answered, refused, answered], "retrying", false, true],
  ["and then the oldest", [...flowing, sent, answered, refused, sent, answered, proven], "flowing", true, true],
  ["the broker was gone", [...flowing, { name: "doubted" }], "fresh", true, true],
  ["a gap, with two under way", [...flowing, sent, sent, answered, gap], "restarting", false, false],
  ["a gap, and all are answered", [...flowing, sent, answered, gap], "restarting", true, true],
  ["a gap ends no wait", [...flowing, sent, answered, refused, gap], "restarting", false, true],
  [
    "a success under the old epoch ends no gap",
    [...flowing, sent, sent, gap, answered, proven],
    "restarting",
    false,
    false,
  ],
  ["renumbered", [...flowing, gap, { name: "renumbered" }], "fresh", true, true],
  ["moved, one under way at the former leader", [...flowing, sent, moved], "moving", false, false],
  ["moved, and it was answered", [...flowing, sent, moved, answered], "fresh", true, true],
  ["moved, and it was refused", [...flowing, sent, moved, answered, refused], "retrying", false, true],
  ["moved, and one of two was refused", [...flowing, sent, sent, moved, answered, refused], "moving", false, false],
  ["moved with a gap", [...flowing, sent, gap, moved, answered], "restarting", true, true],
  ["moved away and back", [...flowing, sent, moved, back], "fresh", false, false],
  ["moved ends a wait", [...flowing, sent, answered, refused, moved], "fresh", true, true],
  ["enlisted", [...flowing, { name: "enlisted" }], "awaiting-transaction", false, false],
  ["enlisted and added", [...flowing, { name: "enlisted" }, { name: "added" }], "flowing", true, true],
  ["enlisted, moved and added", [...flowing, { name: "enlisted" }, moved, { name: "added" }], "fresh", true, true],
  ["a gap while it is enlisted", [{ name: "enlisted" }, gap, { name: "added" }], "restarting", true, true],
  ["refused while it is enlisted", [{ name: "enlisted" }, refused, { name: "added" }], "retrying", false, true],
];

for (const [what, events, name, soon, later] of TABLE)
  test(`${what}: ${name}`, () => {
    const state = after(...events);
    assert.deepEqual([state.name, maySend(state, 100), maySend(state, 1000)], [name, soon, later]);
  });

test("a partition that got nothing for a second proves itself again", () => {
  const state = after(...flowing);
  assert.equal(transition(state, sent, 100 + PROOF_MS - 1)?.name, "flowing");
  assert.equal(transition(state, sent, 100 + PROOF_MS)?.name, "fresh");
});

test("what cannot be is refused: a second one at a time, an answer to nothing, a new epoch beside the old one", () => {
  assert.equal(transition(after(sent), sent, 100), undefined);
  assert.equal(transition(after(), answered, 100), undefined);
  assert.equal(transition(after(...flowing, sent, gap), { name: "renumbered" }, 100), undefined);
  assert.equal(transition(after(...flowing, sent, moved), sent, 100), undefined);
  assert.equal(transition(after({ name: "enlisted" }), proven, 100), undefined);
});

const EVENTS: readonly PartitionEvent[] = [
  sent,
  answered,
  proven,
  refused,
  { name: "doubted" },
  gap,
  { name: "renumbered" },
  moved,
  back,
  { name: "enlisted" },
  { name: "added" },
];

test("any events in any order: one under way until the leader is proven, and a gap stays until there are new numbers", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...EVENTS), { maxLength: 60 }), (events) => {
      let state = FRESH;
      let nowMs = 0;
      for (const event of events) {
        nowMs += 50;
        const mayBe = event.name !== "sent" || maySend(state, nowMs);
        if (!mayBe) continue;
        const next = transition(state, event, nowMs);
        if (!LEGAL[state.name].includes(event.name)) assert.equal(next, undefined);
        if (event.name === "sent") assert.ok(next !== undefined, "what may be sent can be sent");
        if (next === undefined) continue;
        if (event.name === "sent" && state.inFlight > 0) assert.equal(state.name, "flowing");
        if (next.name === "flowing" && state.name !== "flowing")
          assert.ok(event.name === "proven" || event.name === "added", event.name);
        if (mustRestart(state) && !mustRestart(next)) assert.equal(event.name, "renumbered");
        assert.ok(next.inFlight >= 0);
        state = next;
      }
    }),
  );
});

// Tests topics that are deleted and recreated: events of the old topic do not count against the new one.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { HistoryEvent } from "../../simulation/history.ts";
import { groupCheckers } from "./group.ts";

const place = { topic: "t", partition: 0 };
const at = { atMs: 10, node: "m" };
const hook = (what: "assigned" | "revoked", member = "m"): HistoryEvent[] =>
  (["begin", "end"] as const).map((moment) => ({
    type: "ownership",
    ...at,
    node: member,
    member,
    memberId: member,
    what,
    moment,
    partitions: [place],
    members: ["m", "n"],
    isAutoCommitting: false,
    isStatic: false,
  }));
const read = (offset: number, id: string, consumer = "m"): HistoryEvent[] => [
  { type: "deliver", ...at, ...place, consumer, id, offset, digest: "" },
  { type: "done", ...at, ...place, consumer, offset },
];
const commit = (offset: number, atMs: number): HistoryEvent => ({
  type: "commit",
  ...at,
  atMs,
  ...place,
  groupId: "g",
  memberId: "m",
  offset,
  generation: 1,
});
const log = (offset: number, id: string): HistoryEvent => ({
  type: "log",
  ...at,
  ...place,
  id,
  offset,
  digest: "",
  timestamp: 0,
});
const group = (committed: number): HistoryEvent => ({
  type: "group",
  ...at,
  groupId: "g",
  state: "Stable",
  partitions: [{ ...place, committed, owners: ["m"] }],
});
const recreation: HistoryEvent = { type: "recreation", ...at, topic: "t" };
const reset: HistoryEvent = { type: "reset", ...at, ...place, consumer: "m", from: 2, to: 0, policy: "earliest" };
const before = [...hook("assigned"), ...read(0, "old0"), ...read(1, "old1"), commit(2, 5)];
const after = [log(0, "new0"), log(1, "new1"), group(2)];

const check = (history: readonly HistoryEvent[]): readonly string[] => [
  ...new Set(groupCheckers.flatMap((checker) => checker(history)).map(({ invariant }) => invariant)),
];

test("offsets begin again, whether hooks or a reset notify the member; and unprocessed records may still come", () => {
  for (const told of [[reset], [...hook("revoked"), ...hook("assigned")]]) {
    assert.deepEqual(
      check([
        ...before,
        recreation,
        ...read(2, "old2"),
        ...told,
        ...read(0, "new0"),
        ...read(1, "new1"),
        commit(2, 20),
        ...after,
      ]),
      [],
    );
    assert.deepEqual(
      check([...before, ...told, ...read(0, "new0"), ...read(1, "new1"), commit(2, 20), ...after]).includes("C10"),
      true,
      "without the word for it",
    );
  }
});

test("of the last topic nothing may be left out, nor committed before it is done", () => {
  assert.deepEqual(check([...before, recreation, reset, ...read(1, "new1"), ...after]), ["C3", "C9"]);
  assert.deepEqual(
    check([...before, recreation, reset, commit(2, 20), ...read(0, "new0"), ...read(1, "new1"), ...after]),
    ["C5"],
  );
});

test("another member may be given the new partition of that name, while the old one is held", () => {
  const handed = hook("assigned", "n");
  assert.deepEqual(
    check([
      ...before,
      recreation,
      ...handed,
      ...read(0, "new0", "n"),
      ...read(1, "new1", "n"),
      commit(2, 20),
      ...hook("revoked"),
      ...after,
    ]),
    [],
  );
  assert.deepEqual(check([...before, ...handed, ...hook("revoked"), log(0, "old0"), log(1, "old1"), group(2)]), ["C1"]);
});

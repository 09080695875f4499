// Tests each checker of groups with a correct history, and with histories that break it.
import { test } from "node:test";
import assert from "node:assert/strict";
import type {
  CommitEvent,
  DeliverEvent,
  DoneEvent,
  GroupEvent,
  HistoryEvent,
  LogEvent,
  OwnershipEvent,
} from "../../simulation/history.ts";
import { CALM } from "./calm.ts";
import { groupCheckers } from "./group.ts";

const place = { topic: "t", partition: 0 };
const own = (
  what: OwnershipEvent["what"],
  moment: OwnershipEvent["moment"],
  member = "m1",
  more: Partial<OwnershipEvent> = {},
): OwnershipEvent => ({
  type: "ownership",
  atMs: 10,
  node: member,
  member,
  memberId: member,
  what,
  moment,
  partitions: [place],
  members: ["m1", "m2"],
  isAutoCommitting: false,
  isStatic: false,
  groupType: more.isClassic === false ? "consumer" : "classic",
  ...more,
});
const assigned = (member = "m1", more: Partial<OwnershipEvent> = {}): HistoryEvent[] => [
  own("assigned", "begin", member, more),
  own("assigned", "end", member, more),
];
const revoked = (member = "m1", more: Partial<OwnershipEvent> = {}): HistoryEvent[] => [
  own("revoked", "begin", member, more),
  own("revoked", "end", member, more),
];
const deliver = (offset: number, consumer = "m1"): DeliverEvent => ({
  type: "deliver",
  atMs: 10,
  node: consumer,
  consumer,
  ...place,
  id: `r${offset}`,
  offset,
  digest: "",
});
const done = (offset: number, consumer = "m1"): DoneEvent => ({
  type: "done",
  atMs: 10,
  node: consumer,
  consumer,
  ...place,
  offset,
});
const log = (offset: number): LogEvent => ({
  type: "log",
  atMs: 99,
  node: "v",
  ...place,
  id: `r${offset}`,
  offset,
  digest: "",
  timestamp: 0,
});
const commit = (offset: number, more: Partial<CommitEvent> = {}): CommitEvent => ({
  type: "commit",
  atMs: 10,
  node: "m1",
  groupId: "g",
  memberId: "m1",
  ...place,
  offset,
  generation: 1,
  groupGeneration: 1,
  ...more,
});
const group = (committed: number, more: Partial<GroupEvent> = {}): GroupEvent => ({
  type: "group",
  atMs: 90,
  node: "world",
  groupId: "g",
  state: "Stable",
  partitions: [{ ...place, committed, owners: ["m1"] }],
  ...more,
});
const read = (offset: number, member = "m1"): HistoryEvent[] => [deliver(offset, member), done(offset, member)];
const calm: HistoryEvent = { type: "note", atMs: 5, node: "world", text: CALM };
const crash = (node: string): HistoryEvent => ({ type: "crash", atMs: 10, node });

const anew: HistoryEvent = { type: "recreation", atMs: 1, node: "world", topic: "t" };

const check = (history: readonly HistoryEvent[]): readonly string[] => [
  ...new Set(groupCheckers.flatMap((checker) => checker(history)).map(({ invariant }) => invariant)),
];

const sound: HistoryEvent[] = [
  calm,
  ...assigned(),
  ...read(0),
  commit(1),
  ...revoked(),
  ...assigned("m2"),
  ...read(1, "m2"),
  commit(2),
  own("lost", "begin", "m2", { atMs: 1 }),
  own("lost", "end", "m2"),
  log(0),
  log(1),
  group(2),
];

test("a group whose partition goes from one to the other passes", () => assert.deepEqual(check(sound), []));

const busy: HistoryEvent = {
  type: "busy",
  atMs: 20,
  node: "m1",
  member: "m1",
  durationMs: 10_000,
  maxPollIntervalMs: 5000,
};

const broken: readonly (readonly [what: string, invariant: string, history: readonly HistoryEvent[]])[] = [
  ["two members with one partition", "C1", [...assigned(), ...assigned("m2")]],
  [
    "two members with one partition, of which the one that is to give it back reads on",
    "C1",
    [...assigned("m1", { isClassic: true }), ...assigned("m2", { isClassic: false }), ...read(0), ...revoked(), log(0)],
  ],
  [
    "two members with one partition, of which the one that is to give it back reads on for longer than a session",
    "C1",
    [
      ...assigned("m1", { isClassic: true, sessionTimeoutMs: 6000 }),
      ...assigned("m2", { isClassic: false }),
      { ...deliver(0), atMs: 6010 },
      ...revoked(),
      log(0),
    ],
  ],
  [
    "two members with one partition, of which the one that is to give it back does not",
    "C1",
    [...assigned("m1", { isClassic: true }), ...assigned("m2", { isClassic: false })],
  ],
  [
    "two classic members with one partition",
    "C1",
    [...assigned("m1", { isClassic: true }), ...assigned("m2", { isClassic: true }), ...revoked()],
  ],
  ["a partition that is assigned twice", "C2", [...assigned(), ...assigned()]],
  ["a partition that goes and never came", "C2", revoked()],
  ["a record after the revoke", "C2", [...assigned(), ...revoked(), deliver(0), log(0)]],
  ["a record while the partition is being revoked", "C2", [...assigned(), own("revoked", "begin"), deliver(0), log(0)]],
  ["a record before the hook has ended", "C2", [own("assigned", "begin"), deliver(0), own("assigned", "end"), log(0)]],
  ["a committed record that nobody got", "C3", [...assigned(), log(0), group(1)]],
  ["a record that is left out", "C4", [...assigned(), ...read(0), ...read(2), log(0), log(1), log(2)]],
  ["a position that goes back", "C4", [...assigned(), ...read(1), ...read(0), log(0), log(1)]],
  ["a commit of what is in hand", "C5", [...assigned(), deliver(0), commit(1), log(0)]],
  ["a commit that goes back", "C5", [...assigned(), ...read(0), commit(1), commit(0), log(0)]],
  [
    "a commit that goes back of what a classic member gave back before another got it",
    "C5",
    [
      ...assigned("m1", { isClassic: true }),
      ...revoked(),
      ...assigned("m2", { isClassic: false }),
      ...read(0, "m2"),
      commit(1, { memberId: "m2" }),
      commit(0),
      log(0),
    ],
  ],
  [
    "a commit that goes back of a topic that was made anew before its partition came",
    "C5",
    [anew, ...assigned("m1", { isClassic: true }), ...read(0), commit(1), commit(0), log(0)],
  ],
  ["a commit of an old generation", "C5", [...assigned(), ...read(0), commit(1, { groupGeneration: 2 }), log(0)]],
  [
    "a revoke without a commit",
    "C6",
    [calm, ...assigned(), ...read(0), ...revoked("m1", { isAutoCommitting: true }), log(0)],
  ],
  [
    "partitions that are lost while the application asks",
    "C7",
    [calm, ...assigned(), own("lost", "begin"), own("lost", "end")],
  ],
  ["an application that is stuck, whose member stays", "C7", [calm, ...assigned(), busy]],
  ["a record that was aborted", "C10", [...assigned(), deliver(0)]],
  ["a group that is not stable", "C11", [group(0, { state: "PreparingRebalance" })]],
  ["a partition that nobody has", "C11", [group(0, { partitions: [{ ...place, committed: 0, owners: [] }] })]],
  ["a partition that two have", "C11", [group(0, { partitions: [{ ...place, committed: 0, owners: ["m1", "m2"] }] })]],
  ["records that nobody has committed", "C11", [...assigned(), ...read(0), log(0), group(0)]],
  ["a consumer that reads, and is no member", "C11", [group(0, { outsiders: ["m3"] })]],
  [
    "a static restart that others notice",
    "C12",
    [calm, ...assigned("m1", { isStatic: true }), crash("m1"), ...assigned("m2", { members: ["m2"] })],
  ],
];

// A broken order breaks positions too.
for (const [what, invariant, history] of broken)
  test(`${invariant} tells ${what}`, () =>
    assert.deepEqual(check(history), invariant === "C4" ? ["C4", "C9"] : [invariant]));

const excused: readonly (readonly [what: string, history: readonly HistoryEvent[]])[] = [
  [
    "whom the coordinator has counted out may still have what another got",
    [...assigned(), ...assigned("m2", { members: ["m2"] })],
  ],
  [
    "who was counted out itself, and has not heard, may be given what another has",
    [...assigned(), ...assigned("m2", { members: ["m1"] })],
  ],
  [
    "a static member that had nothing is back, and nobody knows",
    [
      calm,
      own("assigned", "begin", "m1", { isStatic: true, partitions: [] }),
      own("assigned", "end", "m1", { isStatic: true, partitions: [] }),
      crash("m1"),
      ...assigned("m2"),
    ],
  ],
  [
    "a group that becomes one of KIP-848 while a classic member gives back what nobody has been given",
    [...assigned("m1", { isClassic: true }), ...assigned("m2", { isClassic: false }), ...revoked()],
  ],
  [
    "such a group, in which the member of KIP-848 has nothing yet",
    [
      ...assigned("m1", { isClassic: true }),
      ...assigned("m2", { isClassic: true, groupType: "consumer" }),
      ...revoked(),
    ],
  ],
  [
    "such a member, to which the coordinator has not spoken since, reads on",
    [
      ...assigned("m1", { isClassic: true, sessionTimeoutMs: 6000 }),
      ...assigned("m2", { isClassic: false }),
      ...read(0),
      ...revoked(),
      log(0),
    ],
  ],
  [
    "a classic member that follows a topic by its name, until it hears who else has it",
    [
      ...assigned("m1", { isClassic: true }),
      anew,
      ...assigned("m2", { isClassic: false, members: ["m2"] }),
      ...read(0, "m2"),
      commit(1, { memberId: "m2" }),
      commit(0),
      commit(1, { memberId: "m2" }),
      log(0),
    ],
  ],
  [
    "a classic member whose group became one of KIP-848 commits what it has done of what another was given",
    [
      ...assigned("m1", { isClassic: true, sessionTimeoutMs: 6000 }),
      ...assigned("m2", { isClassic: false }),
      ...read(0, "m2"),
      commit(1, { memberId: "m2" }),
      commit(0),
      ...revoked(),
      commit(1, { memberId: "m2" }),
      log(0),
    ],
  ],
  [
    "a classic member that was counted out comes back under its id, which a group of KIP-848 takes",
    [
      ...assigned("m1", { isClassic: true }),
      ...assigned("m2", { isClassic: true, members: ["m2"] }),
      ...read(0, "m2"),
      commit(1, { memberId: "m2" }),
      commit(0),
      ...revoked(),
      commit(1, { memberId: "m2" }),
      log(0),
    ],
  ],
  [
    "the last commit of such a member comes after its hook has begun",
    [
      ...assigned("m1", { isClassic: true }),
      anew,
      ...assigned("m2", { isClassic: false, members: ["m2"] }),
      ...read(0, "m2"),
      commit(1, { memberId: "m2" }),
      ...revoked(),
      commit(0),
      commit(1, { memberId: "m2" }),
      log(0),
    ],
  ],
  [
    "who gets such a partition begins where it was when it asked",
    [
      ...assigned("m1", { isClassic: true }),
      anew,
      own("assigned", "begin", "m2", { isClassic: false, members: ["m2"] }),
      ...read(0),
      commit(1),
      own("assigned", "end", "m2", { isClassic: false, members: ["m2"] }),
      commit(0, { memberId: "m2" }),
      log(0),
    ],
  ],
  ["a crash takes what the process had", [...assigned(), crash("m1"), ...assigned("m2")]],
  ["a close waits for no hook", [own("assigned", "begin"), ...revoked("m1", { isClosing: true })]],
  [
    "a stuck member that loses what it had",
    [calm, ...assigned(), busy, own("lost", "begin", "m1", { atMs: 5020 }), own("lost", "end", "m1", { atMs: 5020 })],
  ],
  [
    "under faults partitions may be lost, and given back without a commit",
    [
      ...assigned(),
      ...read(0),
      ...revoked("m1", { isAutoCommitting: true }),
      ...assigned(),
      own("lost", "begin"),
      own("lost", "end"),
      log(0),
    ],
  ],
];

for (const [what, history] of excused) test(`no violation: ${what}`, () => assert.deepEqual(check(history), []));

// Tests C8 and C9 with correct histories, and with histories that break them.
import { test } from "node:test";
import assert from "node:assert/strict";
import type {
  DeliverEvent,
  DoneEvent,
  FetchEvent,
  HistoryEvent,
  LogEvent,
  OwnershipEvent,
  PauseEvent,
  ResetEvent,
  RetentionEvent,
  SeekEvent,
  SendEvent,
  TruncationEvent,
} from "../../simulation/history.ts";
import { positionCheckers } from "./positions.ts";

const place = { topic: "t", partition: 0 };
const at = { atMs: 10, node: "c" };
const deliver = (offset: number, id = `r${offset}`): DeliverEvent => ({
  type: "deliver",
  ...at,
  ...place,
  consumer: "c",
  id,
  offset,
  digest: "",
});
const done = (offset: number): DoneEvent => ({ type: "done", ...at, ...place, consumer: "c", offset });
const log = (from: number, to: number, generation = "r"): LogEvent[] =>
  Array.from({ length: to - from }, (_, i) => ({
    type: "log",
    ...at,
    node: "v",
    ...place,
    id: `${generation}${from + i}`,
    offset: from + i,
    digest: "",
    timestamp: 0,
  }));
const seek = (to?: number): SeekEvent => ({
  type: "seek",
  ...at,
  ...place,
  consumer: "c",
  ...(to === undefined ? {} : { to }),
});
const reset = (from: number, to: number, policy: ResetEvent["policy"] = "earliest"): ResetEvent => ({
  type: "reset",
  ...at,
  ...place,
  consumer: "c",
  from,
  to,
  policy,
});
const retention = (toOffset: number): RetentionEvent => ({ type: "retention", ...at, ...place, toOffset });
const truncation = (toOffset: number, isClean = false): TruncationEvent => ({
  type: "truncation",
  ...at,
  ...place,
  toOffset,
  isClean,
});
const assigned: OwnershipEvent = {
  type: "ownership",
  ...at,
  member: "c",
  memberId: "c",
  what: "assigned",
  moment: "begin",
  partitions: [place],
  members: ["c"],
  isAutoCommitting: true,
  isStatic: false,
};
const commit = (offset: number): HistoryEvent => ({
  type: "commit",
  ...at,
  ...place,
  groupId: "g",
  memberId: "c",
  offset,
  generation: 1,
});
const pause = (isPaused: boolean, atMs = 10): PauseEvent => ({
  type: "pause",
  ...at,
  atMs,
  ...place,
  consumer: "c",
  isPaused,
});
const send = (id: string, atMs: number): SendEvent => ({
  type: "send",
  ...at,
  atMs,
  id,
  producer: "p",
  order: 0,
  topic: "t",
  digest: "",
  deadlineMs: 0,
});
const fetch = (atMs: number): FetchEvent => ({ type: "fetch", ...at, ...place, atMs });

const check = (history: readonly HistoryEvent[]): readonly string[] => [
  ...new Set(positionCheckers.flatMap((checker) => checker(history)).map(({ invariant }) => invariant)),
];

const sound: readonly (readonly [what: string, history: readonly HistoryEvent[]])[] = [
  ["a member that begins at what is committed", [commit(2), assigned, deliver(2), deliver(3), ...log(0, 4)]],
  ["a commit that its former owner ends while it comes", [commit(2), assigned, commit(3), deliver(3), ...log(0, 4)]],
  [
    "a member that was counted out while it waited for what is committed",
    [commit(2), { ...assigned, members: ["d"] }, deliver(1), ...log(0, 4)],
  ],
  ["what no reader sees is passed over", [seek(0), deliver(0), deliver(2), ...log(0, 1), ...log(2, 3)]],
  [
    "a loop that begins again with the unprocessed records",
    [seek(0), deliver(0), done(0), deliver(1), deliver(2), seek(), deliver(1), deliver(2), ...log(0, 3)],
  ],
  [
    "a position that was deleted, and was told",
    [seek(0), deliver(0), retention(3), reset(1, 3), deliver(3), ...log(3, 5)],
  ],
  [
    "a deleted position of one who wants the end",
    [seek(0), deliver(0), retention(3), reset(1, 5, "latest"), deliver(5), ...log(3, 6)],
  ],
  [
    "a log that is cut off, and was told",
    [
      seek(0),
      deliver(0),
      deliver(1),
      deliver(2, "old2"),
      truncation(2),
      reset(3, 2),
      deliver(2, "new2"),
      ...log(0, 2),
      ...log(2, 4, "new"),
    ],
  ],
  [
    "a log that is cut off above the position",
    [seek(0), deliver(0), truncation(2), deliver(1), deliver(2, "new2"), ...log(0, 2), ...log(2, 4, "new")],
  ],
  [
    "records of the old log that were in hand when it was cut off",
    [
      seek(0),
      deliver(0),
      truncation(1),
      deliver(1, "old1"),
      reset(2, 1),
      deliver(1, "new1"),
      ...log(0, 1),
      ...log(1, 3, "new"),
    ],
  ],
  [
    "records of the old log that were in hand when it was cut off, and whose longer copy comes back in the end",
    [send("r1", 5), seek(0), deliver(0), truncation(1), deliver(1), reset(2, 1), deliver(1, "new1"), ...log(0, 3)],
  ],
  [
    "a log that is cut off twice, of which the first cut is known of",
    [
      send("r1", 15),
      seek(0),
      deliver(0),
      truncation(1),
      { ...truncation(2), atMs: 20 },
      deliver(1),
      deliver(2, "old2"),
      reset(3, 2),
      deliver(2, "new2"),
      ...log(0, 2),
      ...log(2, 3, "new"),
    ],
  ],
  [
    "a log that is cut off, and whose longer copy comes back",
    [seek(0), deliver(0), deliver(1), truncation(1), deliver(2), ...log(0, 3)],
  ],
  [
    "a pause that holds, and ends",
    [pause(true), fetch(4000), pause(false, 20_000), deliver(0), fetch(20_001), ...log(0, 1)],
  ],
];
for (const [what, history] of sound) test(`no violation: ${what}`, () => assert.deepEqual(check(history), []));

const broken: readonly (readonly [what: string, invariant: string, history: readonly HistoryEvent[]])[] = [
  ["a member that begins behind what is committed", "C9", [commit(1), assigned, deliver(2), ...log(0, 4)]],
  ["a member that begins before what is committed", "C9", [commit(2), assigned, deliver(1), ...log(0, 4)]],
  ["a seek that comes elsewhere", "C9", [seek(1), deliver(2), ...log(0, 4)]],
  ["a record that is passed over", "C9", [seek(0), deliver(0), deliver(2), ...log(0, 4)]],
  [
    "a loop that begins again after its position",
    "C9",
    [seek(0), deliver(0), done(0), seek(), deliver(2), ...log(0, 3)],
  ],
  [
    "a loop that begins again with processed records",
    "C9",
    [seek(0), deliver(0), done(0), seek(), deliver(0), ...log(0, 3)],
  ],
  ["a reset without a reason", "C9", [seek(0), deliver(0), reset(1, 0), deliver(0), ...log(0, 3)]],
  [
    "a reset of one who knows that the log was cut off, since what was written after that has been delivered",
    "C9",
    [send("r1", 15), seek(0), deliver(0), truncation(1), deliver(1), reset(2, 1), deliver(1), ...log(0, 3)],
  ],
  [
    "a reset where the log was cut off cleanly",
    "C9",
    [seek(0), deliver(0), deliver(1), truncation(1, true), reset(2, 1), deliver(1), ...log(0, 3)],
  ],
  [
    "a reset that passes over what is left",
    "C9",
    [seek(0), deliver(0), retention(3), reset(1, 4), deliver(4), ...log(3, 6)],
  ],
  [
    "a position that is reset and not told",
    "C9",
    [seek(0), deliver(0), deliver(1), retention(3), deliver(0), ...log(3, 6)],
  ],
  [
    "a log that was cut off under a position that stays",
    "C9",
    [
      seek(0),
      deliver(0),
      deliver(1),
      deliver(2, "old2"),
      truncation(2),
      deliver(3, "new3"),
      ...log(0, 2),
      ...log(2, 4, "new"),
    ],
  ],
  [
    "a cut off log whose new records are passed over with a word",
    "C9",
    [
      seek(0),
      deliver(0),
      deliver(1),
      truncation(1),
      reset(2, 2),
      deliver(2, "new2"),
      ...log(0, 1),
      ...log(1, 4, "new"),
    ],
  ],
  ["a fetch of what is paused", "C8", [pause(true), fetch(6000)]],
  ["a record of what is paused", "C8", [pause(true), deliver(0), ...log(0, 1)]],
];
for (const [what, invariant, history] of broken)
  test(`${invariant} tells ${what}`, () => assert.deepEqual(check(history), [invariant]));

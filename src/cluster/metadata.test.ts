import { test } from "node:test";
import assert from "node:assert/strict";
import { codec } from "../protocol/codec.ts";
import type { MetadataResponse } from "../protocol/messages/metadata.ts";
import { uuidText } from "../wire/uuid.ts";
import { type MetadataSnapshot, NO_METADATA, applyLeaderHint, mergeInSteps, mergeMetadata } from "./metadata.ts";

const metadata = codec("MetadataResponse");
const uuid = (n: number): string => uuidText(new Uint8Array(16).fill(n), 0);

/** A response about topic `t`; a partition is [index, leader, epoch]. */
function response(
  partitions: readonly (readonly [number, number, number])[],
  topicId?: string,
  errorCode = 0,
): MetadataResponse {
  const topics = [
    {
      name: "t",
      errorCode,
      ...(topicId === undefined ? {} : { topicId }),
      partitions: partitions.map(([partitionIndex, leaderId, leaderEpoch]) => ({
        partitionIndex,
        leaderId,
        leaderEpoch,
      })),
    },
  ];
  return metadata.decode(
    metadata.encode({ clusterId: "c", controllerId: 1, brokers: [{ nodeId: 1, host: "h", port: 1 }], topics }, 12),
    12,
  );
}

const ids = { first: uuid(1), second: uuid(2) };
const leaders = (snapshot: MetadataSnapshot): (readonly [number, number])[] =>
  snapshot.topics.get("t")!.partitions.map((p) => [p.leaderId, p.leaderEpoch] as const);
const before = mergeMetadata(
  NO_METADATA,
  response(
    [
      [0, 1, 5],
      [1, 2, 3],
    ],
    ids.first,
  ),
  1,
);

test("a newer leader epoch wins, an older one does not come back, an unknown one is taken", () => {
  assert.deepEqual(
    leaders(
      mergeMetadata(
        before,
        response(
          [
            [0, 2, 6],
            [1, 3, 2],
          ],
          ids.first,
        ),
        2,
      ),
    ),
    [
      [2, 6],
      [2, 3],
    ],
  );
  assert.deepEqual(
    leaders(
      mergeMetadata(
        before,
        response(
          [
            [0, 9, 5],
            [1, 3, -1],
          ],
          ids.first,
        ),
        2,
      ),
    ),
    [
      [9, 5],
      [3, -1],
    ],
  );
});

test("a topic that was made anew begins anew: lower epochs and fewer partitions", () => {
  assert.deepEqual(leaders(mergeMetadata(before, response([[0, 3, 0]], ids.second), 2)), [[3, 0]]);
});

test("partitions that an answer leaves out stay, and gaps have no leader", () => {
  assert.deepEqual(leaders(mergeMetadata(before, response([[0, 2, 6]], ids.first), 2)), [
    [2, 6],
    [2, 3],
  ]);
  assert.deepEqual(leaders(mergeMetadata(NO_METADATA, response([[2, 1, 0]], ids.first), 1)), [
    [-1, -1],
    [-1, -1],
    [1, 0],
  ]);
});

test(
  "a deleted topic keeps what was known, with the error; other topics stay, brokers are replaced, nothing is " +
    "changed in place",
  () => {
    const after = mergeMetadata(before, response([], undefined, 3), 2);
    assert.equal(after.topics.get("t")?.errorCode, 3);
    assert.deepEqual(leaders(after), [
      [1, 5],
      [2, 3],
    ]);
    const empty = mergeMetadata(
      before,
      metadata.decode(metadata.encode({ clusterId: null, brokers: [{ nodeId: 7, host: "x", port: 2 }] }, 12), 12),
      3,
    );
    assert.deepEqual(
      [empty.clusterId, [...empty.brokers.keys()], [...empty.topics.keys()], empty.updatedAtMs],
      ["c", [7], ["t"], 3],
    );
    assert.equal(before.topics.get("t")?.errorCode, 0);
  },
);

test("a leader hint counts only when it is newer and its broker is known or told", () => {
  const hint = { topic: "t", partition: 1, leaderId: 1, leaderEpoch: 4 };
  assert.deepEqual(leaders(applyLeaderHint(before, hint)!), [
    [1, 5],
    [1, 4],
  ]);
  for (const bad of [{ leaderEpoch: 3 }, { leaderId: -1 }, { leaderId: 9 }, { partition: 2 }, { topic: "u" }])
    assert.equal(applyLeaderHint(before, { ...hint, ...bad }), undefined);
  const told = applyLeaderHint(before, { ...hint, leaderId: 9, node: { nodeId: 9, host: "n", port: 9, rack: null } })!;
  assert.equal(told.brokers.get(9)?.host, "n");
});

test("what a response does not change is the same object as before, down to each partition", () => {
  const same = mergeMetadata(
    before,
    response(
      [
        [0, 1, 5],
        [1, 2, 3],
      ],
      ids.first,
    ),
    2,
  );
  assert.equal(same.topics, before.topics);
  assert.equal(same.updatedAtMs, 2);
  const other = mergeMetadata(
    before,
    response(
      [
        [0, 1, 5],
        [1, 2, 4],
      ],
      ids.first,
    ),
    2,
  );
  const [first, second] = [other.topics.get("t"), before.topics.get("t")];
  assert.notEqual(first, second);
  assert.equal(first?.partitions[0], second?.partitions[0]);
  assert.deepEqual(leaders(other), [
    [1, 5],
    [2, 4],
  ]);
  // A topic that had an error is another one when it has none any more.
  const failed = mergeMetadata(before, response([], undefined, 5), 2);
  assert.notEqual(mergeMetadata(failed, response([[0, 1, 5]], ids.first), 3).topics.get("t"), failed.topics.get("t"));
});

test("a large response is merged in many steps, and the snapshot before stays as it was meanwhile", () => {
  const topics = Array.from({ length: 1000 }, (_, i) => ({
    name: `t${i}`,
    partitions: [{ partitionIndex: 0, leaderId: 1, leaderEpoch: 1 }],
  }));
  const large = metadata.decode(metadata.encode({ brokers: [], topics }, 12), 12);
  const steps = mergeInSteps(before, large, 2);
  let turns = 0;
  for (;;) {
    const step = steps.next();
    if (step.done === true) {
      assert.equal(step.value.topics.size, 1001);
      break;
    }
    turns++;
    assert.deepEqual([...before.topics.keys()], ["t"]);
  }
  assert.ok(turns >= 10, `${turns} steps`);
});

import { test } from "node:test";
import assert from "node:assert/strict";
import { type RawClient, batchOf, produceTo, withCluster } from "../../../test/embedded/raw-client.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { encodeRequest } from "../../protocol/headers.ts";
import { fetchApi } from "../../protocol/messages/fetch.ts";
import { findCoordinatorApi } from "../../protocol/messages/find-coordinator.ts";
import { initProducerIdApi } from "../../protocol/messages/init-producer-id.ts";
import { listOffsetsApi } from "../../protocol/messages/list-offsets.ts";
import { metadataApi } from "../../protocol/messages/metadata.ts";
import { offsetForLeaderEpochApi } from "../../protocol/messages/offset-for-leader-epoch.ts";
import { produceApi } from "../../protocol/messages/produce.ts";
import type { EmbeddedCluster } from "../embedded-cluster.ts";

const NOT_LEADER = 6;
const TIMED_OUT = 7;
const NOT_ENOUGH = 19;

const highWatermarks = (cluster: EmbeddedCluster): readonly (number | undefined)[] =>
  cluster.snapshot().topics[0]?.partitions.map(({ highWatermark }) => highWatermark) ?? [];
const idOf = (cluster: EmbeddedCluster): string => cluster.snapshot().topics[0]?.topicId ?? "";

/** Produces a record to each partition of `t` in one request; returns the error codes by partition. */
async function produceToAll(
  client: RawClient,
  partitions: readonly number[],
  topicId?: string,
): Promise<Record<number, number>> {
  const topic = topicId === undefined ? { name: "t" } : { topicId };
  const { responses } = await client.request(
    produceApi,
    {
      acks: -1,
      timeoutMs: 1,
      topicData: [{ ...topic, partitionData: partitions.map((index) => ({ index, records: batchOf() })) }],
    },
    topicId === undefined ? 12 : 13,
  );
  return Object.fromEntries(
    responses.flatMap(({ partitionResponses }) => partitionResponses.map(({ index, errorCode }) => [index, errorCode])),
  );
}

test("Produce: each request's partition takes the next error, and is not written; the others of the request are", () =>
  withCluster({ topics: { t: 3 } }, async ({ cluster, connect }) => {
    const client = await connect();
    const queue = cluster.failPartition("Produce", "t", 1, ["NOT_LEADER_OR_FOLLOWER", "NONE", NOT_ENOUGH]);
    assert.deepEqual([queue.calls, queue.left], [0, 3]);
    assert.deepEqual(await produceToAll(client, [0, 1, 2]), { 0: 0, 1: NOT_LEADER, 2: 0 });
    assert.deepEqual(highWatermarks(cluster), [1, 0, 1]);
    assert.deepEqual(await produceToAll(client, [0]), { 0: 0 }, "no business of the queue");
    assert.deepEqual(await produceToAll(client, [0, 1], idOf(cluster)), { 0: 0, 1: 0 });
    assert.deepEqual(highWatermarks(cluster), [3, 1, 1]);
    assert.deepEqual(await produceToAll(client, [1], idOf(cluster)), { 1: NOT_ENOUGH });
    assert.deepEqual(await produceToAll(client, [1]), { 1: 0 });
    assert.deepEqual([highWatermarks(cluster), queue.calls, queue.left], [[3, 2, 1], 3, 0]);
  }));

test("Produce: what is refused after the append is in the log", () =>
  withCluster({ topics: { t: 1 } }, async ({ cluster, connect }) => {
    const client = await connect();
    cluster.failPartition("Produce", "t", 0, ["NOT_ENOUGH_REPLICAS_AFTER_APPEND", TIMED_OUT]);
    assert.deepEqual(
      [(await produceTo(client, batchOf())).errorCode, (await produceTo(client, batchOf())).errorCode],
      [20, TIMED_OUT],
    );
    assert.deepEqual(highWatermarks(cluster), [2]);
  }));

test(
  "Produce with acks=0: the others are written, and the broker tells of the error as it tells of others, by " +
    "hanging up",
  () =>
    withCluster({ topics: { t: 2 } }, async ({ cluster, connect }) => {
      const client = await connect();
      cluster.failPartition("Produce", "t", 1, ["NOT_LEADER_OR_FOLLOWER"]);
      const request = {
        acks: 0,
        timeoutMs: 1,
        topicData: [{ name: "t", partitionData: [0, 1].map((index) => ({ index, records: batchOf() })) }],
      };
      assert.equal(await client.exchange(encodeRequest(produceApi, request, 12, client.nextId, "raw")), undefined);
      assert.deepEqual(highWatermarks(cluster), [1, 0]);
    }),
);

test("queues of one partition come one after the other; a handle ends its own", () =>
  withCluster({ topics: { t: 1 } }, async ({ cluster, connect }) => {
    const client = await connect();
    const code = async (): Promise<number> => (await produceTo(client, batchOf())).errorCode;
    cluster.failPartition("Produce", "t", 0, [1, 2]);
    const ended = cluster.failPartition("Produce", "t", 0, [3]);
    cluster.failPartition("Produce", "t", 0, [5]);
    assert.equal(await code(), 1);
    ended();
    assert.deepEqual([await code(), await code(), await code(), ended.left], [2, 5, 0, 0]);
  }));

test("Fetch: an error is told at once, also in a session that names nothing; then the records come all the same", () =>
  withCluster({ topics: { t: 2 } }, async ({ cluster, connect, platform }) => {
    const client = await connect();
    await produceToAll(client, [0, 1]);
    const asked = { maxBytes: 10_000, minBytes: 10_000, maxWaitMs: 500 };
    const partitions = [0, 1].map((partition) => ({ partition, partitionMaxBytes: 1000 }));
    const codesOf = ({
      responses,
    }: {
      readonly responses: readonly {
        readonly topicId: string;
        readonly partitions: readonly {
          readonly partitionIndex: number;
          readonly errorCode: number;
          readonly records: Uint8Array | null;
        }[];
      }[];
    }): unknown =>
      responses.flatMap((topic) =>
        topic.partitions.map(({ partitionIndex, errorCode, records }) => [
          topic.topicId === idOf(cluster),
          partitionIndex,
          errorCode,
          (records?.length ?? 0) > 0,
        ]),
      );
    cluster.failPartition("Fetch", "t", 1, ["UNKNOWN_LEADER_EPOCH", "OFFSET_OUT_OF_RANGE"]);
    const first = await client.request(fetchApi, {
      ...asked,
      sessionEpoch: 0,
      topics: [{ topicId: idOf(cluster), partitions }],
    });
    assert.deepEqual(codesOf(first), [
      [true, 0, 0, true],
      [true, 1, 75, false],
    ]);
    const second = await client.request(fetchApi, {
      ...asked,
      sessionId: first.sessionId,
      sessionEpoch: 1,
      topics: [{ topicId: idOf(cluster), partitions: [{ partition: 0, fetchOffset: 1, partitionMaxBytes: 1000 }] }],
    });
    assert.deepEqual(codesOf(second), [[true, 1, 1, false]]);
    assert.equal(Math.floor(platform.clock.monotonic()), 0, "nothing was waited for");
    const third = await client.request(fetchApi, { ...asked, sessionId: first.sessionId, sessionEpoch: 2 });
    assert.deepEqual(codesOf(third), [[true, 1, 0, true]]);
    assert.equal(Math.floor(platform.clock.monotonic()), 500);
  }));

test("Fetch: a session that the broker does not know is refused as ever", () =>
  withCluster({ topics: { t: 1 } }, async ({ cluster, connect }) => {
    cluster.failPartition("Fetch", "t", 0, ["NOT_LEADER_OR_FOLLOWER"]);
    const { errorCode, responses } = await (
      await connect()
    ).request(fetchApi, {
      sessionId: 77,
      sessionEpoch: 5,
      topics: [{ topicId: idOf(cluster), partitions: [{ partition: 0 }] }],
    });
    assert.deepEqual([errorCode, responses], [70, []]);
  }));

test("ListOffsets and OffsetForLeaderEpoch: one partition fails, the other is answered", () =>
  withCluster({ topics: { t: 2 } }, async ({ cluster, connect }) => {
    const client = await connect();
    cluster.failPartition("ListOffsets", "t", 0, ["LEADER_NOT_AVAILABLE"]);
    cluster.failPartition("OffsetForLeaderEpoch", "t", 1, ["FENCED_LEADER_EPOCH"]);
    const listed = await client.request(listOffsetsApi, {
      topics: [{ name: "t", partitions: [0, 1].map((partitionIndex) => ({ partitionIndex, timestamp: -1 })) }],
    });
    assert.deepEqual(
      listed.topics[0]?.partitions.map(({ partitionIndex, errorCode }) => [partitionIndex, errorCode]),
      [
        [0, 5],
        [1, 0],
      ],
    );
    const ended = await client.request(offsetForLeaderEpochApi, {
      topics: [{ topic: "t", partitions: [0, 1].map((partition) => ({ partition, leaderEpoch: 0 })) }],
    });
    assert.deepEqual(
      ended.topics[0]?.partitions.map(({ partition, errorCode }) => [partition, errorCode]),
      [
        [0, 0],
        [1, 74],
      ],
    );
  }));

test("Metadata: a partition without a leader, by name, by id and of all topics; one that there is not is not made up", () =>
  withCluster({ topics: { t: 2, u: 1 } }, async ({ cluster, connect }) => {
    const client = await connect();
    cluster.failPartition("Metadata", "t", 1, Array<"LEADER_NOT_AVAILABLE">(3).fill("LEADER_NOT_AVAILABLE"));
    const none = cluster.failPartition("Metadata", "t", 9, ["LEADER_NOT_AVAILABLE"]);
    const asked = [[{ name: "u" }], [{ name: "t" }], null, [{ topicId: idOf(cluster), name: null }], [{ name: "t" }]];
    const leaders: unknown[] = [];
    for (const topics of asked) {
      const response = await client.request(metadataApi, { topics });
      leaders.push(
        response.topics.flatMap(({ name, partitions }) =>
          partitions.map(
            ({ partitionIndex, errorCode, leaderId, replicaNodes }) =>
              `${String(name)}-${partitionIndex} ${errorCode} ${leaderId} ${replicaNodes.length}`,
          ),
        ),
      );
    }
    const whole = ["t-0 0 0 1", "t-1 5 -1 1"];
    assert.deepEqual(leaders, [["u-0 0 0 1"], whole, [...whole, "u-0 0 0 1"], whole, ["t-0 0 0 1", "t-1 0 0 1"]]);
    assert.equal(none.left, 0);
  }));

test("failRequests: all partitions of a request, or the whole request", () =>
  withCluster({ brokers: 2, topics: { t: 3 } }, async ({ cluster, connect }) => {
    const [client, other] = [await connect(0), await connect(1)];
    cluster.failRequests("Produce", ["NOT_ENOUGH_REPLICAS"], { broker: 0 });
    cluster.failRequests("InitProducerId", ["COORDINATOR_LOAD_IN_PROGRESS", "NONE"]);
    cluster.failRequests("FindCoordinator", ["COORDINATOR_NOT_AVAILABLE", "COORDINATOR_NOT_AVAILABLE"]);
    cluster.failRequests("Metadata", ["INVALID_TOPIC_EXCEPTION"], { topic: "t" });
    assert.equal((await produceTo(other, batchOf(), { partition: 1 })).errorCode, 0);
    assert.deepEqual(await produceToAll(client, [0, 2]), { 0: NOT_ENOUGH, 2: NOT_ENOUGH });
    assert.deepEqual(highWatermarks(cluster), [0, 1, 0]);
    const ids = [
      await client.request(initProducerIdApi, { transactionalId: null, transactionTimeoutMs: 1 }, 4),
      await client.request(initProducerIdApi, { transactionalId: null, transactionTimeoutMs: 1 }, 4),
    ];
    assert.deepEqual(
      ids.map(({ errorCode, producerId, producerEpoch }) => [errorCode, producerId >= 0, producerEpoch]),
      [
        [14, false, -1],
        [0, true, 0],
      ],
    );
    const many = await client.request(findCoordinatorApi, { coordinatorKeys: ["a", "b"] });
    assert.deepEqual(
      many.coordinators.map(({ key, errorCode, nodeId }) => [key, errorCode, nodeId]),
      [
        ["a", 15, -1],
        ["b", 15, -1],
      ],
    );
    assert.equal((await client.request(findCoordinatorApi, { key: "a" }, 2)).errorCode, 15);
    const { topics } = await client.request(metadataApi, { topics: [{ name: "t" }] });
    assert.deepEqual(
      topics.map(({ name, errorCode, partitions }) => [name, errorCode, partitions]),
      [["t", 17, []]],
    );
  }));

test("what can never be given is refused, with a message that says what can", () =>
  withCluster({ topics: { t: 1 } }, async ({ cluster }) => {
    const refused: readonly (readonly [() => unknown, RegExp])[] = [
      [
        () => cluster.failPartition("Produce", "t", 0, ["NOT_LEADER" as "NONE"]),
        /Kafka has no error NOT_LEADER; an error is a name such as NOT_LEADER_OR_FOLLOWER, or a code/,
      ],
      [() => cluster.failPartition("Produce", "t", 0, [1.5]), /no error 1.5/],
      [() => cluster.failPartition("Produce", "t", 0, [40_000]), /no error 40000/],
      [() => cluster.failPartition("Produce", "t", 0, "NONE" as never), /errors are a list/],
      [() => cluster.failPartition("Produce", "t", -1, [1]), /the partition takes a whole number from 0, not -1/],
      [
        () => cluster.failPartition("Produce", "t", 0, [1], { topic: "u" } as object),
        /topic is an argument of failPartition/,
      ],
      [
        () => cluster.failPartition("InitProducerId" as "Produce", "t", 0, [1]),
        /a response of InitProducerId has no error for each partition.*Produce, Fetch.*failRequests/,
      ],
      [
        () => cluster.failPartition("OffsetCommit", "t", 0, [1], { broker: 4 }),
        /does not serve OffsetCommit|no broker 4/,
      ],
      [() => cluster.failRequests("CreateTopics" as "Produce", [1]), /CreateTopics has no error for the whole request/],
      [() => cluster.failRequests("InitProducerId", [1], { topic: "t" } as object), /InitProducerId name no topics/],
      [() => cluster.failRequests("Produce", [1], { times: 2 } as object), /no field "times"/],
    ];
    for (const [call, message] of refused)
      assert.throws(
        call,
        (error) => KafkaError.is(error) && error.kind === "config" && message.test(error.message),
        message.source,
      );
  }));

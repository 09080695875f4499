// Replication as clients see it: acks, what is read, metadata, brokers that lag, stop, join and leave.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { EmbeddedCluster } from "../../src/embedded/embedded-cluster.ts";
import type { PartitionSnapshot } from "../../src/embedded/snapshot.ts";
import { describeClusterApi } from "../../src/protocol/messages/describe-cluster.ts";
import { describeTopicPartitionsApi } from "../../src/protocol/messages/describe-topic-partitions.ts";
import { fetchApi } from "../../src/protocol/messages/fetch.ts";
import { listOffsetsApi } from "../../src/protocol/messages/list-offsets.ts";
import { type MetadataResponse, metadataApi } from "../../src/protocol/messages/metadata.ts";
import { produceApi } from "../../src/protocol/messages/produce.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { type RawClient, type RawWorld, NOW, batchOf, produceTo, withCluster } from "./raw-client.ts";

const MAX = 1 << 20;

const THREE = { brokers: 3, topics: { t: { partitions: 1, replicationFactor: 3 } } } as const;

function partitionOf(cluster: EmbeddedCluster, topic = "t"): PartitionSnapshot {
  return cluster.snapshot().topics.find((one) => one.topic === topic)!.partitions[0]!;
}

/** Leader, ISR, high watermark, end. */
function stateOf(cluster: EmbeddedCluster, topic = "t"): unknown {
  const { leaderId, isr, highWatermark, logEndOffset } = partitionOf(cluster, topic);
  return [leaderId, isr, highWatermark, logEndOffset];
}

const code = async (
  answer: Promise<{ readonly errorCode: number; readonly baseOffset: number }>,
): Promise<readonly [errorCode: number, baseOffset: number]> => {
  const { errorCode, baseOffset } = await answer;
  return [errorCode, baseOffset];
};

async function latest(client: RawClient, timestamp = -1): Promise<number | undefined> {
  return (
    await client.request(listOffsetsApi, { topics: [{ name: "t", partitions: [{ partitionIndex: 0, timestamp }] }] }, 7)
  ).topics[0]?.partitions[0]?.offset;
}

async function fetch(
  client: RawClient,
  fetchOffset: number,
  maxWaitMs = 0,
): Promise<readonly [errorCode: number | undefined, highWatermark: number | undefined, bytes: number]> {
  const response = await client.request(
    fetchApi,
    {
      maxBytes: MAX,
      minBytes: 1,
      maxWaitMs,
      topics: [{ topic: "t", partitions: [{ partition: 0, fetchOffset, partitionMaxBytes: MAX }] }],
    },
    12,
  );
  const [partition] = response.responses[0]?.partitions ?? [];
  return [partition?.errorCode, partition?.highWatermark, partition?.records?.length ?? 0];
}

test("acks=all waits for a follower that lags, and is answered when it is back", () =>
  withCluster(THREE, async ({ connect, cluster, platform }) => {
    const client = await connect(0);
    cluster.pauseReplication(2);
    const before = platform.clock.monotonic();
    const waiting = code(produceTo(client, batchOf()));
    await sleep(platform, 400);
    assert.deepEqual(stateOf(cluster), [0, [0, 1, 2], 0, 1]);
    cluster.resumeReplication(2);
    assert.deepEqual(await waiting, [0, 0]);
    assert.ok(platform.clock.monotonic() - before >= 400);
  }));

test("acks=all that nobody commits in time is answered REQUEST_TIMED_OUT, and its records stay; acks=1 does not wait", () =>
  withCluster(THREE, async ({ connect, cluster, platform }) => {
    const client = await connect(0);
    cluster.pauseReplication(2);
    const before = platform.clock.monotonic();
    assert.deepEqual(await code(produceTo(client, batchOf())), [7, 0]);
    assert.ok(platform.clock.monotonic() - before >= 1000, "the timeout of the request");
    assert.deepEqual(await code(produceTo(client, batchOf(), { acks: 1 })), [0, 1]);
    assert.deepEqual(stateOf(cluster), [0, [0, 1, 2], 0, 2]);
  }));

test("a retry of what is appended and not committed waits as the first try did", () =>
  withCluster(THREE, async ({ connect, cluster }) => {
    const client = await connect(0);
    cluster.pauseReplication(2);
    const again = (): Promise<readonly [number, number]> =>
      code(produceTo(client, batchOf({ producerId: 1, producerEpoch: 0, baseSequence: 0 })));
    assert.deepEqual(await again(), [7, 0]);
    assert.deepEqual(await again(), [7, 0]);
    const waiting = again();
    cluster.resumeReplication(2);
    assert.deepEqual(await waiting, [0, 0]);
  }));

test("after replicaLagTimeMaxMs a follower is out of the ISR, and nobody waits for it", () =>
  withCluster({ ...THREE, replicaLagTimeMaxMs: 600 }, async ({ connect, cluster, platform }) => {
    const client = await connect(0);
    cluster.pauseReplication(2);
    assert.deepEqual(await code(produceTo(client, batchOf())), [0, 0]);
    assert.deepEqual(stateOf(cluster), [0, [0, 1], 1, 1]);
    cluster.resumeReplication(2);
    assert.deepEqual(partitionOf(cluster).isr, [0, 1, 2]);
    await sleep(platform, 10_000);
    assert.deepEqual(partitionOf(cluster).isr, [0, 1, 2]);
  }));

test("who waits for a commit learns that the leader is another one, and which", () =>
  withCluster(THREE, async ({ connect, cluster, platform }) => {
    const client = await connect(0);
    cluster.pauseReplication(2);
    const waiting = produceTo(client, batchOf());
    await sleep(platform, 100);
    cluster.moveLeader("t", 0, 1);
    const answer = await waiting;
    assert.deepEqual(
      [answer.errorCode, answer.baseOffset, answer.currentLeader.leaderId, answer.currentLeader.leaderEpoch],
      [6, 0, 1, 1],
    );
  }));

test("who waits for a commit in a topic that is deleted learns that", () =>
  withCluster(THREE, async ({ connect, cluster, platform }) => {
    const [client, admin] = [await connect(0), await connect(1)];
    cluster.pauseReplication(2);
    const waiting = code(produceTo(client, batchOf()));
    await sleep(platform, 100);
    const { deleteTopicsApi } = await import("../../src/protocol/messages/delete-topics.ts");
    await admin.request(deleteTopicsApi, { timeoutMs: 1000, topics: [{ name: "t" }] });
    assert.deepEqual(await waiting, [3, 0]);
  }));

test(
  "min.insync.replicas: refused before the append; what was appended while there were enough waits, for it may be " +
    "committed yet",
  () =>
    withCluster(
      { brokers: 2, topics: { t: { partitions: 1, replicationFactor: 2, configs: { "min.insync.replicas": "2" } } } },
      async ({ connect, cluster, platform }) => {
        const client = await connect(0);
        cluster.pauseReplication(1);
        const waiting = code(produceTo(client, batchOf()));
        await sleep(platform, 100);
        cluster.shrinkIsr(1);
        assert.deepEqual(await waiting, [7, 0]);
        assert.deepEqual(await code(produceTo(client, batchOf())), [19, -1]);
        assert.deepEqual(stateOf(cluster), [0, [0], 0, 1]);
      },
    ),
);

test("before Kafka 4.0 it was answered NOT_ENOUGH_REPLICAS_AFTER_APPEND, and committed all the same", () =>
  withCluster(
    {
      brokers: 2,
      eligibleLeaderReplicas: false,
      topics: { t: { partitions: 1, replicationFactor: 2, configs: { "min.insync.replicas": "2" } } },
    },
    async ({ connect, cluster, platform }) => {
      const client = await connect(0);
      cluster.pauseReplication(1);
      const waiting = code(produceTo(client, batchOf()));
      await sleep(platform, 100);
      cluster.shrinkIsr(1);
      assert.deepEqual(await waiting, [20, 0]);
      assert.deepEqual(stateOf(cluster), [0, [0], 1, 1]);
    },
  ));

test("of several partitions each is answered for itself", () =>
  withCluster(
    { brokers: 3, topics: { t: { partitions: 1, replicationFactor: 2 }, u: { partitions: 1, replicationFactor: 1 } } },
    async ({ connect, cluster }) => {
      cluster.moveLeader("u", 0, 0);
      const client = await connect(0);
      cluster.pauseReplication(1);
      const response = await client.request(
        produceApi,
        {
          acks: -1,
          timeoutMs: 300,
          topicData: ["t", "u"].map((name) => ({ name, partitionData: [{ index: 0, records: batchOf() }] })),
        },
        12,
      );
      assert.deepEqual(
        response.responses.map(({ name, partitionResponses }) => [
          name,
          partitionResponses[0]?.errorCode,
          partitionResponses[0]?.baseOffset,
        ]),
        [
          ["t", 7, 0],
          ["u", 0, 0],
        ],
      );
    },
  ));

test("consumers read up to the high watermark, and wait there", () =>
  withCluster(THREE, async ({ connect, cluster, platform }) => {
    const client = await connect(0);
    await produceTo(client, batchOf());
    cluster.pauseReplication(2);
    await produceTo(client, batchOf({ timestamp: NOW + 5 }), { acks: 1 });
    const [, , size] = await fetch(client, 0);
    assert.deepEqual(await fetch(client, 0), [0, 1, batchOf().length]);
    assert.equal(size, batchOf().length);
    assert.deepEqual(await fetch(client, 1), [0, 1, 0]);
    assert.deepEqual(await fetch(client, 2), [0, 1, 0], "the end of the log is no error");
    assert.deepEqual(await fetch(client, 3), [1, -1, 0]);
    assert.deepEqual([await latest(client), await latest(client, NOW + 5)], [1, -1]);
    const waiting = fetch(client, 1, 10_000);
    await sleep(platform, 1000);
    cluster.resumeReplication(2);
    assert.deepEqual(await waiting, [0, 2, size]);
    assert.deepEqual([await latest(client), await latest(client, NOW + 5)], [2, 1]);
  }));

test("a follower that lags gives what it has, and tells its own high watermark (KIP-392)", () =>
  withCluster(THREE, async ({ connect, cluster }) => {
    const [leader, follower] = [await connect(0), await connect(2)];
    await produceTo(leader, batchOf());
    cluster.pauseReplication(2);
    cluster.shrinkIsr(2);
    await produceTo(leader, batchOf());
    assert.deepEqual((await fetch(leader, 0)).slice(0, 2), [0, 2]);
    assert.deepEqual(await fetch(follower, 0), [0, 1, batchOf().length]);
    assert.deepEqual(await fetch(follower, 1), [0, 1, 0]);
    assert.equal((await fetch(follower, 2))[0], 1);
  }));

test("an unclean election is made by name, cuts the log off, and is logged", () =>
  withCluster(THREE, async ({ connect, cluster, logged }) => {
    const client = await connect(0);
    await produceTo(client, batchOf());
    cluster.pauseReplication(2);
    cluster.shrinkIsr(2);
    await produceTo(client, batchOf());
    assert.throws(() => cluster.electLeader("t", 0, 2), /broker 2 is not in the ISR of t-0 \(0, 1\)/);
    assert.throws(() => cluster.moveLeader("t", 0, 2), /not in the ISR/);
    cluster.electLeader("t", 0, 2, { unclean: true });
    assert.deepEqual(stateOf(cluster), [2, [0, 1, 2], 1, 1]);
    assert.deepEqual(
      logged.map(({ level, fields }) => [level, fields]),
      [["warn", { topic: "t", partition: 0, leaderId: 2, leaderEpoch: 1, isClean: false, fromOffset: 2, toOffset: 1 }]],
    );
  }));

test("what is asked of replication must make sense", () =>
  withCluster({ brokers: 3, topics: { t: { partitions: 1, replicationFactor: 2 } } }, async ({ cluster }) => {
    assert.throws(() => cluster.pauseReplication(7), /there is no broker 7/);
    assert.throws(() => cluster.shrinkIsr(1), /call pauseReplication before/);
    assert.throws(() => cluster.electLeader("t", 0, 2), /broker 2 has no replica of t-0: brokers 0, 1 have one/);
    await cluster.stopBroker(1);
    assert.throws(() => cluster.electLeader("t", 0, 1, { unclean: true }), /broker 1 is stopped/);
  }));

async function metadata(client: RawClient): Promise<MetadataResponse> {
  return client.request(metadataApi, { topics: [{ name: "t" }], allowAutoTopicCreation: false });
}

test("metadata and DescribeTopicPartitions tell the ISR, and who may lead all the same", () =>
  withCluster(
    { brokers: 3, topics: { t: { partitions: 1, replicationFactor: 3, configs: { "min.insync.replicas": "3" } } } },
    async ({ connect, cluster }) => {
      const client = await connect(0);
      await cluster.stopBroker(2);
      const [partition] = (await metadata(client)).topics[0]!.partitions;
      assert.deepEqual(
        [partition?.replicaNodes, partition?.isrNodes, partition?.offlineReplicas],
        [[0, 1, 2], [0, 1], [2]],
      );
      const [described] = (await client.request(describeTopicPartitionsApi, { topics: [{ name: "t" }] })).topics[0]!
        .partitions;
      assert.deepEqual(
        [described?.isrNodes, described?.eligibleLeaderReplicas, described?.offlineReplicas],
        [[0, 1], [2], [2]],
      );
    },
  ));

test("DescribeTopicPartitions comes in pages, in the order of names", () =>
  withCluster({ topics: { b: 3, a: 2, c: 1 } }, async ({ connect }) => {
    const client = await connect();
    const page = async (
      responsePartitionLimit: number,
      cursor: { readonly topicName: string; readonly partitionIndex: number } | null,
      names: readonly string[] = [],
    ): Promise<unknown> => {
      const { topics, nextCursor } = await client.request(describeTopicPartitionsApi, {
        topics: names.map((name) => ({ name })),
        responsePartitionLimit,
        cursor,
      });
      return [
        topics.map(({ name, errorCode, partitions }) => [name, errorCode, partitions.map((p) => p.partitionIndex)]),
        nextCursor?.topicName,
        nextCursor?.partitionIndex,
      ];
    };
    assert.deepEqual(await page(2000, null), [
      [
        ["a", 0, [0, 1]],
        ["b", 0, [0, 1, 2]],
        ["c", 0, [0]],
      ],
      undefined,
      undefined,
    ]);
    assert.deepEqual(await page(2, null), [[["a", 0, [0, 1]]], "b", 0]);
    assert.deepEqual(await page(2, { topicName: "b", partitionIndex: 0 }), [[["b", 0, [0, 1]]], "b", 2]);
    assert.deepEqual(await page(2, { topicName: "b", partitionIndex: 2 }), [
      [
        ["b", 0, [2]],
        ["c", 0, [0]],
      ],
      undefined,
      undefined,
    ]);
    assert.deepEqual(await page(2, null, ["nowhere", "c", "?"]), [
      [
        ["?", 17, []],
        ["c", 0, [0]],
        ["nowhere", 3, []],
      ],
      undefined,
      undefined,
    ]);
    assert.deepEqual(await page(2, { topicName: "x", partitionIndex: 0 }, ["a"]), [
      [["a", 42, []]],
      undefined,
      undefined,
    ]);
  }));

test("a broker that is told of nothing answers old metadata, and names the old leader", () =>
  withCluster(THREE, async ({ connect, cluster }) => {
    const [stale, other] = [await connect(0), await connect(1)];
    cluster.freezeMetadata(0);
    cluster.moveLeader("t", 0, 1);
    await cluster.stopBroker(2);
    const said = async (client: RawClient): Promise<unknown> => {
      const { brokers, topics } = await metadata(client);
      return [
        brokers.length,
        topics[0]?.partitions[0]?.leaderId,
        topics[0]?.partitions[0]?.leaderEpoch,
        topics[0]?.partitions[0]?.isrNodes,
      ];
    };
    assert.deepEqual(
      [await said(stale), await said(other)],
      [
        [3, 0, 0, [0, 1, 2]],
        [2, 1, 1, [0, 1]],
      ],
    );
    assert.equal((await stale.request(describeClusterApi, {})).brokers.length, 3);
    const refused = await produceTo(stale, batchOf());
    assert.deepEqual([refused.errorCode, refused.currentLeader.leaderId, refused.currentLeader.leaderEpoch], [6, 0, 0]);
    cluster.thawMetadata(0);
    assert.deepEqual(await said(stale), await said(other));
  }));

async function leaders({ cluster }: Pick<RawWorld, "cluster">): Promise<readonly number[]> {
  await Promise.resolve();
  return cluster.snapshot().topics[0]!.partitions.map(({ leaderId }) => leaderId);
}

test("a broker joins, takes a partition over with all that is in it, and leaves again", () =>
  withCluster({ brokers: 2, topics: { t: { partitions: 2, replicationFactor: 2 } } }, async ({ connect, cluster }) => {
    await produceTo(await connect(0), batchOf());
    assert.equal(await cluster.addBroker(), 2);
    cluster.moveLeader("t", 0, 2);
    assert.deepEqual(partitionOf(cluster).replicas, [2, 1]);
    const newcomer = await connect(2);
    assert.equal((await fetch(newcomer, 0))[1], 1);
    assert.deepEqual(
      (await metadata(newcomer)).brokers.map(({ nodeId }) => nodeId),
      [0, 1, 2],
    );
    await cluster.removeBroker(2);
    assert.deepEqual(stateOf(cluster), [0, [0, 1], 1, 1]);
    assert.deepEqual(
      (await metadata(await connect(0))).brokers.map(({ nodeId }) => nodeId),
      [0, 1],
    );
    await cluster.removeBroker(0);
    assert.deepEqual([await leaders({ cluster }), partitionOf(cluster).replicas], [[1, 1], [1]]);
    await assert.rejects(cluster.removeBroker(1), /is the only broker that is up/);
    assert.equal(await cluster.addBroker(), 3, "no id is given twice");
  }));

import assert from "node:assert/strict";
import { test } from "node:test";
import { type RawClient, batchOf, produceTo, withCluster } from "../../../test/embedded/raw-client.ts";
import { describeClusterApi } from "../../protocol/messages/describe-cluster.ts";
import { type FetchRequest, type FetchResponse, fetchApi } from "../../protocol/messages/fetch.ts";
import { findCoordinatorApi } from "../../protocol/messages/find-coordinator.ts";
import { listOffsetsApi } from "../../protocol/messages/list-offsets.ts";
import { offsetForLeaderEpochApi } from "../../protocol/messages/offset-for-leader-epoch.ts";
import type { Input } from "../../protocol/schema.ts";

const MAX = 1 << 20;

type Partition = Input<FetchRequest["topics"][number]["partitions"][number]>;

function fetch(
  client: RawClient,
  topics: readonly (readonly [topic: string, partitions: readonly Partition[]])[],
  more: Input<FetchRequest> = {},
): Promise<FetchResponse> {
  return client.request(
    fetchApi,
    {
      maxBytes: MAX,
      topics: topics.map(([topic, partitions]) => ({
        topic,
        partitions: partitions.map((partition) => ({ partitionMaxBytes: MAX, ...partition })),
      })),
      ...more,
    },
    12,
  );
}

function told({ responses }: FetchResponse): unknown {
  return responses.map(({ topic, partitions }) => [
    topic,
    partitions.map(({ partitionIndex, errorCode }) => [partitionIndex, errorCode]),
  ]);
}

function withTopics(body: (client: RawClient) => Promise<void>): Promise<void> {
  return withCluster({ topics: { t: 2, u: 1 } }, async ({ connect }) => {
    const client = await connect();
    for (let i = 0; i < 3; i++) await produceTo(client, batchOf({ values: ["a", "b"] }));
    await body(client);
  });
}

test("a partition that is fetched twice in a request is read once, as it was named last", () =>
  withTopics(async (client) => {
    const { responses } = await fetch(client, [
      ["t", [{ partition: 0, fetchOffset: 9 }, { partition: 1 }, { partition: 0, fetchOffset: 2 }]],
    ]);
    assert.deepEqual(
      responses.map(({ partitions }) => partitions.map(({ partitionIndex, errorCode }) => [partitionIndex, errorCode])),
      [
        [
          [0, 0],
          [1, 0],
        ],
      ],
    );
  }));

test("partitions that there are not are told after the others", () =>
  withTopics(async (client) => {
    assert.deepEqual(
      told(
        await fetch(client, [
          ["nowhere", [{ partition: 0 }]],
          ["t", [{ partition: 9 }, { partition: 1 }]],
        ]),
      ),
      [
        ["t", [[1, 0]]],
        ["nowhere", [[0, 3]]],
        ["t", [[9, 3]]],
      ],
    );
  }));

test("a negative size of a partition fails within the broker", () =>
  withTopics(async (client) => {
    assert.deepEqual(told(await fetch(client, [["t", [{ partition: 0, partitionMaxBytes: -1 }]]])), [["t", [[0, -1]]]]);
  }));

test("a session's epoch below -1 is a wrong one", () =>
  withTopics(async (client) => {
    assert.equal((await fetch(client, [], { sessionEpoch: -2 })).errorCode, 70);
    const { sessionId } = await fetch(client, [["t", [{ partition: 1 }]]], { sessionEpoch: 0 });
    assert.equal((await fetch(client, [], { sessionId, sessionEpoch: -2 })).errorCode, 71);
    assert.equal((await fetch(client, [], { sessionId, sessionEpoch: 1 })).errorCode, 0);
  }));

test("who read on in an epoch that ended learns where the logs part, without a wait", () =>
  withCluster(
    { brokers: 2, topics: { t: { partitions: 1, replicationFactor: 2 } } },
    async ({ connect, cluster, platform }) => {
      const leader = cluster.snapshot().topics[0]!.partitions[0]!.leaderId;
      const client = await connect(leader);
      await produceTo(client, batchOf({ values: ["a", "b"] }));
      cluster.moveLeader("t", 0, 1 - leader);
      cluster.moveLeader("t", 0, leader);
      await produceTo(client, batchOf());
      const before = platform.clock.monotonic();
      const divergence = async (fetchOffset: number, lastFetchedEpoch: number): Promise<unknown> => {
        const [partition] = (
          await fetch(client, [["t", [{ partition: 0, fetchOffset, lastFetchedEpoch }]]], {
            minBytes: 1,
            maxWaitMs: 500,
          })
        ).responses[0]!.partitions;
        return [
          partition?.errorCode,
          partition?.divergingEpoch.epoch,
          partition?.divergingEpoch.endOffset,
          (partition?.records ?? []).length > 0,
        ];
      };
      assert.deepEqual(await divergence(3, 0), [0, 0, 2, false]);
      assert.deepEqual(await divergence(2, 1), [0, 0, 2, false]);
      assert.deepEqual(await divergence(2, 0), [0, -1, -1, true]);
      assert.deepEqual(await divergence(2, 2), [0, -1, -1, true]);
      assert.deepEqual(await divergence(2, 7), [1, -1, -1, false]);
      assert.ok(platform.clock.monotonic() - before < 500);
    },
  ));

test("an offset that is asked for twice is refused once, and a topic without partitions is not answered", () =>
  withTopics(async (client) => {
    const ask = async (
      partitions: readonly {
        readonly partitionIndex: number;
        readonly timestamp: number;
        readonly currentLeaderEpoch?: number;
      }[],
    ): Promise<unknown> =>
      (await client.request(listOffsetsApi, { topics: [{ name: "t", partitions }] }, 7)).topics.map((topic) =>
        topic.partitions.map(({ partitionIndex, errorCode }) => [partitionIndex, errorCode]),
      );
    assert.deepEqual(
      await ask([
        { partitionIndex: 0, timestamp: -1 },
        { partitionIndex: 1, timestamp: -1 },
        { partitionIndex: 0, timestamp: -2 },
      ]),
      [
        [
          [0, 42],
          [1, 0],
        ],
      ],
    );
    assert.deepEqual(await ask([]), []);
    assert.deepEqual(await ask([{ partitionIndex: 0, timestamp: -1, currentLeaderEpoch: -2 }]), [[[0, 74]]]);
  }));

test("an epoch before the first ended where the log begins", () =>
  withTopics(async (client) => {
    const { topics } = await client.request(offsetForLeaderEpochApi, {
      topics: [
        {
          topic: "t",
          partitions: [
            { partition: 0, leaderEpoch: -2 },
            { partition: 1, leaderEpoch: -1 },
          ],
        },
      ],
    });
    assert.deepEqual(
      topics[0]?.partitions.map(({ leaderEpoch, endOffset }) => [leaderEpoch, endOffset]),
      [
        [-2, 0],
        [-1, -1],
      ],
    );
  }));

test("coordinators of share partitions are told since version 6, by keys that are such", () =>
  withTopics(async (client) => {
    const code = async (key: string, version: number): Promise<unknown> =>
      (await client.request(findCoordinatorApi, { keyType: 2, coordinatorKeys: [key] }, version)).coordinators[0]
        ?.errorCode;
    assert.deepEqual(
      [await code("g:AAAAAAAAAAAAAAAAAAAAAQ:0", 5), await code("g:AAAAAAAAAAAAAAAAAAAAAQ:0", 6), await code("g", 6)],
      [42, 0, 42],
    );
    const single = await client.request(findCoordinatorApi, { key: "g", keyType: 2 }, 3);
    assert.deepEqual([single.errorCode, single.nodeId], [42, -1]);
    assert.equal((await client.request(findCoordinatorApi, { key: "g" }, 3)).errorMessage, "NONE");
  }));

test("the cluster describes its operations, and is no controller", () =>
  withTopics(async (client) => {
    assert.equal(
      (await client.request(describeClusterApi, { includeClusterAuthorizedOperations: true }))
        .clusterAuthorizedOperations,
      8096,
    );
    assert.equal((await client.request(describeClusterApi, { endpointType: 2 })).errorCode, 114);
  }));

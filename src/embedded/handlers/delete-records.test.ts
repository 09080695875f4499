import assert from "node:assert/strict";
import { test } from "node:test";
import { type RawClient, NOW, batchOf, produceTo, withCluster } from "../../../test/embedded/raw-client.ts";
import { deleteRecordsApi } from "../../protocol/messages/delete-records.ts";
import { fetchApi } from "../../protocol/messages/fetch.ts";
import { listOffsetsApi } from "../../protocol/messages/list-offsets.ts";

type Answer = readonly [code: number | undefined, lowWatermark: number | undefined];

async function deleteBefore(client: RawClient, offset: number, topic = "t", partitionIndex = 0): Promise<Answer> {
  const { topics } = await client.request(deleteRecordsApi, {
    timeoutMs: 1000,
    topics: [{ name: topic, partitions: [{ partitionIndex, offset }] }],
  });
  const [answer] = topics[0]?.partitions ?? [];
  return [answer?.errorCode, answer?.lowWatermark];
}

async function fill(client: RawClient): Promise<void> {
  for (let i = 0; i < 5; i++) await produceTo(client, batchOf({ values: ["a", "b"], timestamp: NOW + i }));
}

test("records are deleted up to an offset, and the code says why not", () =>
  withCluster({ brokers: 2, topics: { t: { partitions: 1, replicationFactor: 1 } } }, async ({ connect }) => {
    const client = await connect();
    await fill(client);
    const rows: readonly (readonly [offset: number, answer: Answer])[] = [
      [3, [0, 3]],
      [2, [0, 3]],
      [-2, [1, -1]],
      [11, [1, -1]],
      [-1, [0, 10]],
    ];
    for (const [offset, answer] of rows) assert.deepEqual(await deleteBefore(client, offset), answer, String(offset));
    assert.deepEqual(await deleteBefore(client, 0, "nowhere"), [3, -1]);
    assert.deepEqual(await deleteBefore(client, 0, "t", 7), [3, -1]);
    assert.deepEqual(await deleteBefore(await connect(1), 0), [6, -1]);
  }));

test("what was deleted is out of range; the earliest offset, and that of a time, are behind it", () =>
  withCluster({ topics: { t: 1 } }, async ({ connect }) => {
    const client = await connect();
    await fill(client);
    await deleteBefore(client, 3);
    const fetched = async (fetchOffset: number): Promise<unknown> => {
      const partitions = [{ partition: 0, fetchOffset, partitionMaxBytes: 999 }];
      const { responses } = await client.request(fetchApi, { maxBytes: 999, topics: [{ topic: "t", partitions }] }, 12);
      const [answer] = responses[0]?.partitions ?? [];
      return [answer?.errorCode, answer?.logStartOffset];
    };
    assert.deepEqual(await fetched(2), [1, -1]);
    assert.deepEqual(await fetched(3), [0, 3]);
    const offsetOf = async (timestamp: number): Promise<number | undefined> => {
      const topics = [{ name: "t", partitions: [{ partitionIndex: 0, timestamp }] }];
      return (await client.request(listOffsetsApi, { replicaId: -1, topics }, 7)).topics[0]?.partitions[0]?.offset;
    };
    assert.equal(await offsetOf(-2), 3);
    assert.equal(await offsetOf(0), 3, "the first record of the batch was deleted");
    assert.equal(await offsetOf(NOW + 2), 4);
  }));

test("a topic that is only compacted refuses", () =>
  withCluster(
    {
      topics: {
        c: { partitions: 1, configs: { "cleanup.policy": "compact" } },
        both: { partitions: 1, configs: { "cleanup.policy": "compact,delete" } },
        neither: { partitions: 1, configs: { "cleanup.policy": "" } },
      },
    },
    async ({ connect }) => {
      const client = await connect();
      assert.deepEqual(await deleteBefore(client, -1, "c"), [44, -1]);
      assert.deepEqual(await deleteBefore(client, -1, "both"), [0, 0]);
      assert.deepEqual(await deleteBefore(client, -1, "neither"), [0, 0]);
    },
  ));

test("the answer waits for a replica that does not fetch, at most for the timeout", () =>
  withCluster({ brokers: 2, topics: { t: { partitions: 1, replicationFactor: 2 } } }, async ({ connect, cluster }) => {
    const client = await connect();
    await fill(client);
    cluster.pauseReplication(1);
    assert.deepEqual(await deleteBefore(client, 3), [7, 3]);
    const waiting = deleteBefore(client, 4);
    const other = await connect();
    await produceTo(other, batchOf(), { acks: 1 }); // served meanwhile
    cluster.resumeReplication(1);
    assert.deepEqual(await waiting, [0, 4]);
    await cluster.stopBroker(1);
    assert.deepEqual(await deleteBefore(client, 5), [0, 5], "a broker that is down does not count");
    cluster.moveLeader("t", 0, 0);
    await cluster.startBroker(1);
    cluster.moveLeader("t", 0, 1);
    assert.equal(cluster.snapshot().topics[0]?.partitions[0]?.logStartOffset, 5, "it moved in all replicas");
  }));

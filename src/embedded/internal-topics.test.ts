import assert from "node:assert/strict";
import { test } from "node:test";
import { batchOf, produceTo, type RawWorld, withCluster } from "../../test/embedded/raw-client.ts";
import { alterPartitionReassignmentsApi } from "../protocol/messages/alter-partition-reassignments.ts";
import { describeTopicPartitionsApi } from "../protocol/messages/describe-topic-partitions.ts";
import { electLeadersApi } from "../protocol/messages/elect-leaders.ts";
import { findCoordinatorApi } from "../protocol/messages/find-coordinator.ts";
import { type MetadataResponse, metadataApi } from "../protocol/messages/metadata.ts";
import { turn } from "../runtime/sleep.ts";

const OFFSETS = "__consumer_offsets";
const TRANSACTIONS = "__transaction_state";
/** Keys of different partitions. */
const KEYS = ["a", "b", "c", "d", "e", "f"];

function partitionOf(key: string): number {
  return key.charCodeAt(0) % 50; // Java's hash of a single letter
}

async function topics({ connect }: RawWorld): Promise<MetadataResponse["topics"]> {
  return (await (await connect(2)).request(metadataApi, { topics: null })).topics;
}

/** The coordinator of each key, which must be the leader of the key's partition. */
async function coordinators(world: RawWorld, keyType = 0): Promise<readonly number[]> {
  const client = await world.connect(2);
  const { coordinators: all } = await client.request(findCoordinatorApi, { keyType, coordinatorKeys: KEYS });
  const found = (await topics(world)).find(({ name }) => name === (keyType === 0 ? OFFSETS : TRANSACTIONS));
  const leaders = KEYS.map((key) => found?.partitions[partitionOf(key)]?.leaderId);
  assert.deepEqual(
    all.map(({ nodeId }) => nodeId),
    leaders,
  );
  return all.map(({ nodeId }) => nodeId);
}

test("the topic of a kind of coordinator exists from the first request for one on, and is internal", () =>
  withCluster({ brokers: 3, topics: { t: 1 }, autoCreateTopics: false }, async (world) => {
    const seen = async (): Promise<readonly unknown[]> =>
      (await topics(world)).map(({ name, isInternal, partitions }) => [
        name,
        isInternal,
        partitions.length,
        partitions[0]?.replicaNodes.length,
      ]);
    assert.deepEqual(await seen(), [["t", false, 1, 3]]);
    await coordinators(world, 0);
    assert.deepEqual(await seen(), [
      ["t", false, 1, 3],
      [OFFSETS, true, 50, 3],
    ]);
    await coordinators(world, 1);
    assert.deepEqual((await seen()).at(-1), [TRANSACTIONS, true, 50, 3]);
    const client = await world.connect(0);
    const described = await client.request(describeTopicPartitionsApi, { topics: [{ name: OFFSETS }, { name: "t" }] });
    assert.deepEqual(
      described.topics.map(({ isInternal }) => isInternal),
      [true, false],
    );
    assert.equal((await produceTo(client, batchOf(), { topic: OFFSETS })).errorCode, 17);
    assert.deepEqual(
      world.cluster.snapshot().topics.map(({ topic }) => topic),
      ["t"],
      "a snapshot has the topics of users",
    );
  }));

test("a topic of coordinators that metadata creates has their partitions", () =>
  withCluster({ brokers: 3 }, async (world) => {
    const client = await world.connect(0);
    await client.request(metadataApi, { topics: [{ name: OFFSETS }], allowAutoTopicCreation: true });
    await turn(world.platform.runtime);
    await turn(world.platform.runtime);
    const [found] = await topics(world);
    assert.deepEqual([found?.name, found?.partitions.length], [OFFSETS, 50]);
  }));

test("a coordinator is always the leader of its partition, whatever moves either of them", () =>
  withCluster({ brokers: 4 }, async (world) => {
    const { cluster } = world;
    const client = await world.connect(2);
    const [key = ""] = KEYS;
    const partition = partitionOf(key);
    const [first = 0] = await coordinators(world);
    assert.notEqual(first, 2);
    const coordinator = async (): Promise<number | undefined> => (await coordinators(world))[0];
    await cluster.stopBroker(first);
    const second = await coordinator();
    assert.notEqual(second, first);
    await cluster.startBroker(first);
    assert.equal(await coordinator(), second);
    await client.request(electLeadersApi, { topicPartitions: null });
    assert.equal(await coordinator(), first, "the preferred replica leads again");
    for (const nodeId of [0, 1, 2, 3]) {
      cluster.moveCoordinator("group", key, nodeId);
      assert.equal(await coordinator(), nodeId);
    }
    for (const nodeId of [0, 1, 2, 3]) {
      cluster.moveLeader(OFFSETS, partition, nodeId);
      assert.equal(await coordinator(), nodeId);
    }
    const partitions = [{ partitionIndex: partition, replicas: [1] }];
    await client.request(alterPartitionReassignmentsApi, { topics: [{ name: OFFSETS, partitions }] });
    await turn(world.platform.runtime);
    await turn(world.platform.runtime);
    assert.equal(await coordinator(), 1);
    await cluster.removeBroker(1);
    await coordinators(world);
  }));

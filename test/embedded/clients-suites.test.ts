// Differences from a real Kafka that the test suites of other clients found.
import assert from "node:assert/strict";
import { test } from "node:test";
import { EmbeddedCluster } from "../../src/embedded.ts";
import { alterClientQuotasApi } from "../../src/protocol/messages/alter-client-quotas.ts";
import { alterPartitionReassignmentsApi } from "../../src/protocol/messages/alter-partition-reassignments.ts";
import { createTopicsApi } from "../../src/protocol/messages/create-topics.ts";
import { describeClientQuotasApi } from "../../src/protocol/messages/describe-client-quotas.ts";
import { describeConfigsApi } from "../../src/protocol/messages/describe-configs.ts";
import { describeLogDirsApi } from "../../src/protocol/messages/describe-log-dirs.ts";
import { describeQuorumApi } from "../../src/protocol/messages/describe-quorum.ts";
import { findCoordinatorApi } from "../../src/protocol/messages/find-coordinator.ts";
import { joinGroupApi } from "../../src/protocol/messages/join-group.ts";
import { listPartitionReassignmentsApi } from "../../src/protocol/messages/list-partition-reassignments.ts";
import { metadataApi } from "../../src/protocol/messages/metadata.ts";
import { offsetCommitApi } from "../../src/protocol/messages/offset-commit.ts";
import { offsetDeleteApi } from "../../src/protocol/messages/offset-delete.ts";
import { syncGroupApi } from "../../src/protocol/messages/sync-group.ts";
import { sleep } from "../../src/runtime/sleep.ts";
import { type RawClient, withCluster } from "./raw-client.ts";

/** Joins a group as its only member. */
async function join(
  client: RawClient,
  groupId: string,
  metadata: Uint8Array,
): Promise<{ readonly memberId: string; readonly generationId: number }> {
  const ask = (memberId: string) =>
    client.request(joinGroupApi, {
      ...{ groupId, memberId, sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000, protocolType: "consumer" },
      protocols: [{ name: "range", metadata }],
    });
  const { memberId, generationId, errorCode } = await ask((await ask("")).memberId);
  assert.equal(errorCode, 0, `JoinGroup of ${groupId}`);
  const sync = {
    groupId,
    memberId,
    generationId,
    protocolType: "consumer",
    protocolName: "range",
    assignments: [{ memberId, assignment: new Uint8Array(0) }],
  };
  assert.equal((await client.request(syncGroupApi, sync)).errorCode, 0, `SyncGroup of ${groupId}`);
  return { memberId, generationId };
}

test("the ids of brokers begin with firstNodeId: metadata, coordinators and the quorum agree", () =>
  withCluster(
    { brokers: 3, firstNodeId: 5, topics: { t: 3 }, groups: { initialRebalanceDelayMs: 0 } },
    async (world) => {
      const clients = new Map<number, RawClient>();
      for (let i = 0; i < 3; i++) clients.set(5 + i, await world.connect(i));
      const first = clients.get(5)!;
      const { brokers, controllerId, topics } = await first.request(metadataApi, { topics: null });
      assert.deepEqual(
        brokers.map(({ nodeId }) => nodeId),
        [5, 6, 7],
      );
      assert.equal(controllerId, 5);
      assert.deepEqual(topics[0]!.partitions.map(({ leaderId }) => leaderId).sort(), [5, 6, 7]);
      const groups = Array.from({ length: 20 }, (_, i) => `group-${i}`);
      const { coordinators } = await first.request(findCoordinatorApi, { keyType: 0, coordinatorKeys: groups });
      for (const { key, nodeId, errorCode } of coordinators) {
        assert.equal(errorCode, 0, key);
        await join(clients.get(nodeId)!, key, new Uint8Array(0));
      }
      assert.deepEqual(new Set(coordinators.map(({ nodeId }) => nodeId)), new Set([5, 6, 7]));
      const quorum = await first.request(describeQuorumApi, {
        topics: [{ topicName: "__cluster_metadata", partitions: [{ partitionIndex: 0 }] }],
      });
      const { leaderId, currentVoters } = quorum.topics[0]!.partitions[0]!;
      assert.deepEqual([leaderId, currentVoters.map(({ replicaId }) => replicaId)], [5, [5, 6, 7]]);
      await world.cluster.stopBroker(5);
      await world.cluster.startBroker(5);
    },
  ));

test("advertised ports are counted from the first broker, whatever its id is", async () => {
  const advertise = { host: "kafka.test", port: 29_092 };
  const cluster = await EmbeddedCluster.start({ brokers: 2, ports: [0, 0], firstNodeId: 1, advertise });
  assert.equal(cluster.bootstrapServers, "kafka.test:29092,kafka.test:29093");
  await cluster.close();
  await assert.rejects(EmbeddedCluster.start({ firstNodeId: -1 }), { kind: "config" });
  await assert.rejects(EmbeddedCluster.start({ firstNodeId: 2_000_000_000 }), { kind: "config" });
  await assert.rejects(EmbeddedCluster.start({ reassignmentDelayMs: -1 }), { kind: "config" });
});

test("offsets are deleted though a subscription of version 1 leaves out that version's own fields", () =>
  withCluster({ topics: { read: 1, other: 1 }, groups: { initialRebalanceDelayMs: 0 } }, async ({ connect }) => {
    const client = await connect();
    await client.request(findCoordinatorApi, { keyType: 0, coordinatorKeys: ["g"] });
    // Topics and user data, and no owned partitions, as @platformatic/kafka writes it.
    const read = new TextEncoder().encode("read");
    const metadata = Uint8Array.of(0, 1, 0, 0, 0, 1, 0, read.length, ...read, 255, 255, 255, 255);
    const { memberId, generationId } = await join(client, "g", metadata);
    const committed = ["read", "other"].map((name) => ({
      name,
      partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: "" }],
    }));
    await client.request(
      offsetCommitApi,
      { groupId: "g", memberId, generationIdOrMemberEpoch: generationId, topics: committed },
      9,
    );
    const topics = ["read", "other"].map((name) => ({ name, partitions: [{ partitionIndex: 0 }] }));
    const { topics: deleted } = await client.request(offsetDeleteApi, { groupId: "g", topics });
    const GROUP_SUBSCRIBED_TO_TOPIC = 86;
    assert.deepEqual(
      deleted.map(({ name, partitions }) => [name, partitions[0]!.errorCode]),
      [
        ["read", GROUP_SUBSCRIBED_TO_TOPIC],
        ["other", 0],
      ],
    );
  }));

test("configs and quotas are described in the order of Kafka's hash maps, and CreateTopics sorts them by name", () =>
  withCluster({}, async ({ connect }) => {
    const client = await connect();
    const { topics } = await client.request(createTopicsApi, {
      topics: [{ name: "t", numPartitions: 1, replicationFactor: 1 }],
    });
    const created = topics[0]!.configs!.map(({ name }) => name);
    assert.deepEqual(created, [...created].sort());
    const described = async (configurationKeys: readonly string[] | null): Promise<readonly string[]> => {
      const { results } = await client.request(describeConfigsApi, {
        resources: [{ resourceType: 2, resourceName: "t", configurationKeys }],
      });
      return results[0]!.configs.map(({ name }) => name);
    };
    assert.deepEqual(await described(["retention.ms", "cleanup.policy"]), ["cleanup.policy", "retention.ms"]);
    const all = await described(null);
    assert.deepEqual([all.length, all[0], all.at(-1)], [created.length, "compression.type", "segment.index.bytes"]);
    const quotas = ["producer_byte_rate", "consumer_byte_rate", "request_percentage"];
    const set = async (user: string, keys: readonly string[]): Promise<readonly string[]> => {
      const entity = [{ entityType: "user", entityName: user }];
      const ops = keys.map((key) => ({ key, value: 100, remove: false }));
      await client.request(alterClientQuotasApi, { entries: [{ entity, ops }], validateOnly: false });
      const components = [{ entityType: "user", matchType: 0, match: user }];
      const { entries } = await client.request(describeClientQuotasApi, { components, strict: true });
      return entries![0]!.values.map(({ key }) => key);
    };
    // As measured on a real Kafka: quotas that are set one after the other come in another order.
    const [produced = "", consumed = "", requested = ""] = quotas;
    assert.deepEqual(await set("alice", quotas), [consumed, requested, produced]);
    for (const key of quotas) await set("bob", [key]);
    assert.deepEqual(await set("bob", [requested]), [consumed, produced, requested]);
  }));

test("a reassignment is listed until reassignmentDelayMs is over", () =>
  withCluster({ brokers: 3, reassignmentDelayMs: 100 }, async ({ connect, platform, cluster }) => {
    const client = await connect();
    const assignments = [{ partitionIndex: 0, brokerIds: [0, 2] }];
    await client.request(createTopicsApi, {
      topics: [{ name: "t", numPartitions: -1, replicationFactor: -1, assignments }],
    });
    const reassign = (replicas: readonly number[]) =>
      client.request(alterPartitionReassignmentsApi, {
        topics: [{ name: "t", partitions: [{ partitionIndex: 0, replicas }] }],
      });
    const listed = async (): Promise<unknown> => {
      const { topics } = await client.request(listPartitionReassignmentsApi, { topics: null });
      return topics[0]?.partitions[0];
    };
    await reassign([2, 1]);
    await sleep(platform, 50);
    assert.deepEqual(await listed(), {
      ...{ partitionIndex: 0, replicas: [2, 1, 0], addingReplicas: [1], removingReplicas: [0] },
    });
    await sleep(platform, 51);
    assert.equal(await listed(), undefined);
    assert.deepEqual(cluster.snapshot().topics[0]!.partitions[0]!.replicas, [2, 1]);
    await reassign([0, 1]); // closing the cluster ends the wait
  }));

test("DescribeLogDirs returns the path of log.dirs, else of log.dir, else one of the cluster's own", async () => {
  for (const [configs, expected] of [
    [{}, "/odradek/broker-0"],
    [{ "log.dir": "/data" }, "/data"],
    [{ "log.dir": "/data", "log.dirs": "/var/lib/kafka/data, /other" }, "/var/lib/kafka/data"],
  ] as const)
    await withCluster({ configs }, async ({ connect }) => {
      const { results } = await (await connect()).request(describeLogDirsApi, { topics: null });
      assert.deepEqual(
        results.map(({ logDir }) => logDir),
        [expected],
      );
    });
});

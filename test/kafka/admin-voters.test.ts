// The voters of a real Kafka whose quorum can change (KIP-853), as kafka-metadata-quorum changes them.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { Kafka } from "../../src/node.ts";
import { type KafkaCluster, startKafka } from "./kafka-cluster.ts";

let cluster: KafkaCluster;
before(async () => {
  cluster = await startKafka({ brokers: 3, isDynamicQuorum: true });
});
after(() => cluster.stop());

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test("removeRaftVoter, addRaftVoter, unregisterController", async () => {
  await using kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers, onLog: () => undefined });
  const admin = kafka.admin();
  const { voters, nodes, leaderId } = await admin.describeMetadataQuorum();
  assert.deepEqual(voters.map(({ replicaId }) => replicaId).sort(), [1, 2, 3]);
  const other = voters.find(({ replicaId }) => replicaId !== leaderId);
  const { replicaId: voterId = 0, replicaDirectoryId: voterDirectoryId = "" } = other ?? {};
  const endpoints = nodes.find(({ nodeId }) => nodeId === voterId)?.endpoints ?? [];
  const voterIds = async (): Promise<readonly number[]> =>
    (await admin.describeMetadataQuorum()).voters.map(({ replicaId }) => replicaId).sort();

  await admin.removeRaftVoter({ voterId, voterDirectoryId });
  while ((await voterIds()).includes(voterId)) await pause(50);
  await assert.rejects(admin.removeRaftVoter({ voterId, voterDirectoryId }), { codeName: "VOTER_NOT_FOUND" });
  await admin.addRaftVoter({ voterId, voterDirectoryId, endpoints });
  while (!(await voterIds()).includes(voterId)) await pause(50);
  await assert.rejects(admin.addRaftVoter({ voterId, voterDirectoryId, endpoints }), { codeName: "DUPLICATE_VOTER" });
  await assert.rejects(admin.unregisterController(99), { codeName: "CONTROLLER_ID_NOT_REGISTERED" });

  await admin.removeRaftVoter({ voterId, voterDirectoryId });
  await cluster.brokers[voterId - 1]?.shutDown();
  await admin.unregisterController(voterId);
  await assert.rejects(admin.unregisterController(voterId), { codeName: "CONTROLLER_ID_NOT_REGISTERED" });
});

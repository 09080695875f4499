// The node ids of the brokers: suites of other clients name brokers by them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { EmbeddedCluster, type EmbeddedClusterOptions } from "../../src/embedded.ts";
import { nodeConnector } from "../../src/platform/node/connector.ts";
import { createTopicsApi } from "../../src/protocol/messages/create-topics.ts";
import { describeConfigsApi } from "../../src/protocol/messages/describe-configs.ts";
import { describeQuorumApi } from "../../src/protocol/messages/describe-quorum.ts";
import { findCoordinatorApi } from "../../src/protocol/messages/find-coordinator.ts";
import { metadataApi } from "../../src/protocol/messages/metadata.ts";
import { RawClient } from "./raw-client.ts";

test("the brokers of a cluster had the node ids from 0 only, and no option changed that", async () => {
  const cluster = await EmbeddedCluster.start({ brokers: 2, ports: [0, 0], firstNodeId: 5, racks: ["a", "b"] });
  const client = await RawClient.connect(nodeConnector(), cluster.bootstrapServers.split(",")[0] ?? "");
  assert.equal(await cluster.addBroker(), 7);
  const assignments = [{ partitionIndex: 0, brokerIds: [6, 5] }];
  const created = await client.request(createTopicsApi, {
    topics: [{ name: "t", numPartitions: -1, replicationFactor: -1, assignments }],
    timeoutMs: 1000,
  });
  assert.deepEqual(
    created.topics.map(({ errorCode }) => errorCode),
    [0],
  );
  const { brokers, controllerId, topics } = await client.request(metadataApi, { topics: [{ name: "t" }] }, 8);
  assert.deepEqual(
    [brokers.map(({ nodeId, rack }) => [nodeId, rack]), controllerId, topics[0]?.partitions[0]?.leaderId],
    [
      [
        [5, "a"],
        [6, "b"],
        [7, null],
      ],
      5,
      6,
    ],
  );
  const keys = Array.from({ length: 20 }, (_, i) => `group-${i}`);
  const { coordinators } = await client.request(findCoordinatorApi, { keyType: 0, coordinatorKeys: keys });
  assert.deepEqual([...new Set(coordinators.map(({ nodeId }) => nodeId))].sort(), [5, 6]);
  const quorum = await client.request(describeQuorumApi, {
    topics: [{ topicName: "__cluster_metadata", partitions: [{ partitionIndex: 0 }] }],
  });
  const [partition] = quorum.topics[0]?.partitions ?? [];
  assert.deepEqual([partition?.leaderId, partition?.currentVoters.map(({ replicaId }) => replicaId)], [5, [5, 6]]);
  const { results } = await client.request(describeConfigsApi, {
    resources: [{ resourceType: 4, resourceName: "5", configurationKeys: ["node.id", "broker.rack"] }],
  });
  assert.deepEqual(
    new Map(results[0]?.configs.map(({ name, value }) => [name, value])),
    new Map([
      ["node.id", "5"],
      ["broker.rack", "a"],
    ]),
  );
  client.close();
  await cluster.close();
});

test("the first broker's advertised port is the given one, whatever its node id", async () => {
  const advertise = { host: "kafka.test", port: 29_092 };
  const cluster = await EmbeddedCluster.start({ brokers: 2, ports: [0, 0], firstNodeId: 1, advertise });
  assert.equal(cluster.bootstrapServers, "kafka.test:29092,kafka.test:29093");
  await cluster.close();
});

test("a wrong first node id is refused before anything starts", async () => {
  for (const firstNodeId of [-1, 1.5, "1", null])
    await assert.rejects(EmbeddedCluster.start({ firstNodeId } as unknown as EmbeddedClusterOptions), {
      kind: "config",
      message: /firstNodeId takes a whole number from 0/,
    });
  await assert.rejects(EmbeddedCluster.start({ nodeId: 1 } as EmbeddedClusterOptions), {
    kind: "config",
    message: /firstNodeId/,
  });
});

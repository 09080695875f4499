import assert from "node:assert/strict";
import { test } from "node:test";
import { batchOf, produceTo, withCluster } from "../../../test/embedded/raw-client.ts";
import { type AccessRow, testAccess } from "../../../test/embedded/rights.ts";
import { addRaftVoterApi } from "../../protocol/messages/add-raft-voter.ts";
import { alterPartitionReassignmentsApi } from "../../protocol/messages/alter-partition-reassignments.ts";
import { alterReplicaLogDirsApi } from "../../protocol/messages/alter-replica-log-dirs.ts";
import { apiVersionsApi } from "../../protocol/messages/api-versions.ts";
import { createTopicsApi } from "../../protocol/messages/create-topics.ts";
import { describeLogDirsApi } from "../../protocol/messages/describe-log-dirs.ts";
import { describeQuorumApi } from "../../protocol/messages/describe-quorum.ts";
import { electLeadersApi } from "../../protocol/messages/elect-leaders.ts";
import { listPartitionReassignmentsApi } from "../../protocol/messages/list-partition-reassignments.ts";
import { metadataApi } from "../../protocol/messages/metadata.ts";
import { removeRaftVoterApi } from "../../protocol/messages/remove-raft-voter.ts";
import { unregisterBrokerApi } from "../../protocol/messages/unregister-broker.ts";
import { unregisterControllerApi } from "../../protocol/messages/unregister-controller.ts";
import { updateFeaturesApi } from "../../protocol/messages/update-features.ts";

const DIRECTORY = "AAAAAAAAAAAAAAAAAAAAAQ";
const own = { topicName: "__cluster_metadata", partitions: [{ partitionIndex: 0 }] };

const access: readonly AccessRow[] = [
  [
    "ElectLeaders",
    31,
    ["ALTER CLUSTER"],
    async (client) => (await client.request(electLeadersApi, { topicPartitions: null })).errorCode,
  ],
  [
    "AlterPartitionReassignments",
    31,
    ["ALTER CLUSTER"],
    async (client) => {
      const topics = [{ name: "t", partitions: [{ partitionIndex: 0, replicas: [0] }] }];
      const { errorCode, responses } = await client.request(alterPartitionReassignmentsApi, { topics });
      assert.equal(responses[0]?.partitions[0]?.errorCode, errorCode);
      return errorCode;
    },
  ],
  [
    "ListPartitionReassignments",
    31,
    ["DESCRIBE CLUSTER"],
    async (client) => (await client.request(listPartitionReassignmentsApi, {})).errorCode,
  ],
  [
    "AlterReplicaLogDirs",
    31,
    ["ALTER CLUSTER"],
    async (client) => {
      const dirs = [{ path: "/", topics: [{ name: "t", partitions: [0] }] }];
      return (await client.request(alterReplicaLogDirsApi, { dirs })).results[0]?.partitions[0]?.errorCode;
    },
  ],
  [
    "DescribeLogDirs",
    31,
    ["DESCRIBE CLUSTER"],
    async (client) => (await client.request(describeLogDirsApi, { topics: null })).errorCode,
  ],
  [
    "DescribeQuorum",
    31,
    ["DESCRIBE CLUSTER"],
    async (client) => (await client.request(describeQuorumApi, { topics: [own] })).errorCode,
  ],
  [
    "UpdateFeatures",
    31,
    ["ALTER CLUSTER"],
    async (client) => (await client.request(updateFeaturesApi, { featureUpdates: [] })).errorCode,
  ],
  [
    "UnregisterBroker",
    31,
    ["ALTER CLUSTER"],
    async (client) => (await client.request(unregisterBrokerApi, { brokerId: 9 })).errorCode,
  ],
  [
    "UnregisterController",
    31,
    ["ALTER CLUSTER"],
    async (client) => (await client.request(unregisterControllerApi, { controllerId: 9 })).errorCode,
  ],
  [
    "AddRaftVoter",
    31,
    ["ALTER CLUSTER"],
    async (client) =>
      (await client.request(addRaftVoterApi, { clusterId: null, voterId: 9, voterDirectoryId: DIRECTORY })).errorCode,
  ],
  [
    "RemoveRaftVoter",
    31,
    ["ALTER CLUSTER"],
    async (client) =>
      (await client.request(removeRaftVoterApi, { clusterId: null, voterId: 9, voterDirectoryId: DIRECTORY }))
        .errorCode,
  ],
];
testAccess(access);

test("a log dir has the size of each replica on its broker: all of the log, or as much as a lagging replica has", () =>
  withCluster({ brokers: 2, topics: { t: { partitions: 1, replicationFactor: 2 } } }, async ({ connect, cluster }) => {
    const [leader, follower] = [await connect(0), await connect(1)];
    const batch = batchOf();
    await produceTo(leader, batch.slice());
    cluster.pauseReplication(1);
    await produceTo(leader, batch.slice());
    const sizes = async (client: typeof leader, topics: { topic: string; partitions: number[] }[] | null) =>
      (await client.request(describeLogDirsApi, { topics })).results.map(({ logDir, topics: all, totalBytes }) => [
        logDir,
        totalBytes,
        all.flatMap(({ name, partitions }) => partitions.map((one) => [name, one.partitionIndex, one.partitionSize])),
      ]);
    assert.deepEqual(await sizes(leader, null), [["/odradek/broker-0", -1, [["t", 0, 2 * batch.length]]]]);
    assert.deepEqual(await sizes(follower, null), [["/odradek/broker-1", -1, [["t", 0, batch.length]]]]);
    const unknown = [
      { topic: "t", partitions: [0, 0, 7, -1] },
      { topic: "nowhere", partitions: [0] },
    ];
    assert.deepEqual(await sizes(leader, unknown), [["/odradek/broker-0", -1, [["t", 0, 2 * batch.length]]]]);
    assert.deepEqual(await sizes(leader, []), [["/odradek/broker-0", -1, []]]);
  }));

test("a replica can only be moved to the log dir where it is", () =>
  withCluster({ brokers: 2, topics: { t: { partitions: 2, replicationFactor: 1 } } }, async ({ connect }) => {
    const client = await connect(0);
    const move = async (path: string, partitions: number[], name = "t"): Promise<readonly unknown[]> =>
      (
        await client.request(alterReplicaLogDirsApi, { dirs: [{ path, topics: [{ name, partitions }] }] })
      ).results.flatMap((topic) =>
        topic.partitions.map(({ partitionIndex, errorCode }) => [partitionIndex, errorCode]),
      );
    assert.deepEqual(await move("/odradek/broker-0", [0, 1, 7]), [
      [0, 0],
      [1, 9],
      [7, 3],
    ]);
    assert.deepEqual(await move("/odradek/broker-1", [0]), [[0, 57]]);
    assert.deepEqual(await move("/odradek/broker-0", [0], "nowhere"), [[0, 3]]);
    assert.deepEqual(await move("/odradek/broker-0", []), []);
  }));

test("a live broker that is unregistered leaves the metadata, and comes back only when it is started again", () =>
  withCluster({ brokers: 2, topics: { t: { partitions: 1, replicationFactor: 2 } } }, async ({ connect, cluster }) => {
    const client = await connect(1);
    const seen = async (): Promise<readonly unknown[]> => {
      const { brokers, topics } = await client.request(metadataApi, { topics: [{ name: "t" }] });
      const { leaderId, isrNodes, offlineReplicas } = topics[0]!.partitions[0]!;
      return [brokers.map(({ nodeId }) => nodeId), leaderId, isrNodes, offlineReplicas];
    };
    const unregister = async (brokerId: number): Promise<readonly unknown[]> => {
      const { errorCode, errorMessage } = await client.request(unregisterBrokerApi, { brokerId });
      return [errorCode, errorMessage];
    };
    assert.deepEqual(await seen(), [[0, 1], 0, [0, 1], []]);
    assert.deepEqual(await unregister(0), [0, ""]);
    assert.deepEqual(await seen(), [[1], 1, [1], [0]]);
    assert.deepEqual(await unregister(0), [102, "Broker ID 0 is not currently registered"]);
    assert.deepEqual(await unregister(9), [102, "Broker ID 9 is not currently registered"]);
    assert.throws(() => cluster.moveCoordinator("group", "g", 0), /broker 0 is unregistered: it cannot coordinate g/);
    await cluster.startBroker(0); // it runs
    assert.deepEqual(await seen(), [[1], 1, [1], [0]]);
    const topics = [
      { name: "n", numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 0, brokerIds: [0] }] },
    ];
    const refused = await client.request(createTopicsApi, { topics });
    assert.match(refused.topics[0]?.errorMessage ?? "", /includes broker 0, but no such broker is registered/);
    await cluster.stopBroker(0);
    await cluster.startBroker(0);
    assert.deepEqual(await seen(), [[0, 1], 1, [0, 1], []]);
  }));

test("finalised features that change are in the next ApiVersions; without group.version 1 there are no groups of KIP-848", () =>
  withCluster({}, async ({ connect }) => {
    const client = await connect();
    const finalized = async (): Promise<unknown> => {
      const answer = await client.request(apiVersionsApi, { clientSoftwareName: "a", clientSoftwareVersion: "1" }, 4);
      return [
        answer.finalizedFeaturesEpoch,
        answer.finalizedFeatures.map(({ name, maxVersionLevel }) => `${name} ${maxVersionLevel}`).sort(),
      ];
    };
    assert.deepEqual(await finalized(), [1, ["group.version 1", "metadata.version 33", "transaction.version 2"]]);
    const featureUpdates = [
      { feature: "transaction.version", maxVersionLevel: 1, upgradeType: 2 },
      { feature: "group.version", maxVersionLevel: 0, upgradeType: 3 },
    ];
    await client.request(updateFeaturesApi, { featureUpdates, validateOnly: true });
    assert.deepEqual(await finalized(), [1, ["group.version 1", "metadata.version 33", "transaction.version 2"]]);
    const { errorCode, results } = await client.request(updateFeaturesApi, { featureUpdates }, 1);
    assert.deepEqual([errorCode, results.map((one) => one.errorCode)], [0, [0, 0]]);
    assert.deepEqual(await finalized(), [3, ["metadata.version 33", "transaction.version 1"]]);
    const refused = await client.request(updateFeaturesApi, {
      featureUpdates: [...featureUpdates, { feature: "nope", maxVersionLevel: 1 }],
    });
    assert.deepEqual([refused.errorCode, refused.results], [95, []]);
  }));

test("the quorum has the first brokers as voters; only one partition can be asked for, and no voter can be changed", () =>
  withCluster({ brokers: 2 }, async ({ connect, cluster }) => {
    const added = await cluster.addBroker({ rack: "b" });
    const client = await connect(1);
    const ask = async (topics: { topicName: string; partitions: { partitionIndex: number }[] }[]) =>
      (await client.request(describeQuorumApi, { topics })).topics.flatMap(({ partitions }) => partitions);
    const [partition] = await ask([own]);
    assert.deepEqual(
      [partition?.leaderId, partition?.currentVoters.map((one) => one.replicaId), partition?.observers.length],
      [0, [0, 1], 1],
    );
    assert.equal(partition?.observers[0]?.replicaId, added);
    for (const topics of [[own, own], [{ ...own, topicName: "t" }], [{ ...own, partitions: [{ partitionIndex: 1 }] }]])
      assert.deepEqual(new Set((await ask(topics)).map(({ errorCode }) => errorCode)), new Set([3]));
    const { clusterId } = await client.request(metadataApi, { topics: [] });
    const listeners = [{ name: "CONTROLLER", host: "h", port: 1 }];
    const voter = { clusterId, voterId: 9, voterDirectoryId: DIRECTORY };
    const refusals = [
      [{ ...voter, clusterId: "another" }, 104, /The given id "another" doesn't match the cluster id/],
      [{ ...voter, voterId: -1 }, 42, /voter request didn't include a valid voter/],
      [voter, 35, /Cluster doesn't support (adding|removing) voter because the kraft.version feature is 0/],
    ] as const;
    for (const [request, code, text] of refusals)
      for (const answer of [
        await client.request(addRaftVoterApi, { ...request, listeners }),
        await client.request(removeRaftVoterApi, request),
      ]) {
        assert.equal(answer.errorCode, code);
        assert.match(answer.errorMessage ?? "", text);
      }
    assert.equal((await client.request(addRaftVoterApi, voter)).errorCode, 42, "without a listener of its controllers");
    const unregister = async (controllerId: number): Promise<number> =>
      (await client.request(unregisterControllerApi, { controllerId })).errorCode;
    assert.deepEqual(
      [await unregister(0), await unregister(1), await unregister(1), await unregister(2)],
      [42, 0, 136, 136],
    );
    await cluster.stopBroker(0);
    assert.equal((await ask([own]))[0]?.leaderId, 1);
    assert.deepEqual([await unregister(1), await unregister(0)], [42, 0]);
  }));

test("metadata has the rack of each broker; racks for another number of brokers are refused", async () => {
  await withCluster({ brokers: 2, racks: ["a", "b"] }, async ({ connect }) => {
    const { brokers } = await (await connect()).request(metadataApi, { topics: [] });
    assert.deepEqual(
      brokers.map(({ rack }) => rack),
      ["a", "b"],
    );
  });
  await withCluster({}, async ({ cluster, connect }) => {
    await cluster.addBroker({ rack: "c" });
    const { brokers } = await (await connect()).request(metadataApi, { topics: [] });
    assert.deepEqual(
      brokers.map(({ rack }) => rack),
      [null, "c"],
    );
    for (const wrong of [{ rack: 1 }, { rack: "" }, { rak: "c" }, null])
      await assert.rejects(async () => cluster.addBroker(wrong as never), /addBroker/);
  });
  await assert.rejects(
    withCluster({ racks: "a" as never }, () => Promise.resolve()),
    /racks/,
  );
  await assert.rejects(
    withCluster({ rack: ["a"] } as never, () => Promise.resolve()),
    /racks/,
  );
  await assert.rejects(
    withCluster({ brokers: 2, racks: ["a"] }, () => Promise.resolve()),
    /racks takes one rack for each of the 2 brokers, not 1/,
  );
  await assert.rejects(
    withCluster({ racks: [""] }, () => Promise.resolve()),
    /racks/,
  );
});

// Requests about the cluster itself: elections, reassignments, log dirs, features, the quorum, and brokers that leave.
// A cluster of one broker, 0, in which no request of another case has made anything.
import { addRaftVoterApi } from "../../../src/protocol/messages/add-raft-voter.ts";
import {
  type AlterPartitionReassignmentsRequest,
  alterPartitionReassignmentsApi,
} from "../../../src/protocol/messages/alter-partition-reassignments.ts";
import { alterReplicaLogDirsApi } from "../../../src/protocol/messages/alter-replica-log-dirs.ts";
import { apiVersionsApi } from "../../../src/protocol/messages/api-versions.ts";
import { createPartitionsApi } from "../../../src/protocol/messages/create-partitions.ts";
import { createTopicsApi } from "../../../src/protocol/messages/create-topics.ts";
import { deleteTopicsApi } from "../../../src/protocol/messages/delete-topics.ts";
import { describeLogDirsApi } from "../../../src/protocol/messages/describe-log-dirs.ts";
import { type DescribeQuorumRequest, describeQuorumApi } from "../../../src/protocol/messages/describe-quorum.ts";
import { electLeadersApi } from "../../../src/protocol/messages/elect-leaders.ts";
import { listPartitionReassignmentsApi } from "../../../src/protocol/messages/list-partition-reassignments.ts";
import { metadataApi } from "../../../src/protocol/messages/metadata.ts";
import { removeRaftVoterApi } from "../../../src/protocol/messages/remove-raft-voter.ts";
import { unregisterBrokerApi } from "../../../src/protocol/messages/unregister-broker.ts";
import { unregisterControllerApi } from "../../../src/protocol/messages/unregister-controller.ts";
import { type UpdateFeaturesRequest, updateFeaturesApi } from "../../../src/protocol/messages/update-features.ts";
import type { Input } from "../../../src/protocol/schema.ts";
import { type Case, UNKNOWN_ID, batch, create, produce, range } from "./asking.ts";
import type { Side } from "./side.ts";

const timeoutMs = 10_000;

const electing: Case = {
  name: "ElectLeaders",
  run: async (side) => {
    await create(side, "elected", {}, 2);
    for (const version of range(0, 2)) {
      for (const electionType of version === 0 ? [0] : [0, 1, 2, -1]) {
        const ask = (
          topicPartitions: { topic: string; partitions: number[] }[] | null,
          ms = timeoutMs,
        ): Promise<unknown> => side.ask(electLeadersApi, { electionType, topicPartitions, timeoutMs: ms }, version);
        await ask(null);
        await ask([]);
        await ask([{ topic: "elected", partitions: [0, 1] }]);
        await ask([{ topic: "elected", partitions: [] }]);
        await ask([{ topic: "elected", partitions: [0, 0] }]);
        await ask([{ topic: "elected", partitions: [2, -1, 0] }]);
        await ask([{ topic: "nowhere", partitions: [0, 1] }]);
        await ask([{ topic: "", partitions: [0] }]);
        await ask([
          { topic: "nowhere", partitions: [0] },
          { topic: "elected", partitions: [1] },
        ]);
        await ask([
          { topic: "elected", partitions: [0] },
          { topic: "elected", partitions: [1] },
        ]);
        await ask([{ topic: "elected", partitions: [0] }], 0);
        await ask([{ topic: "elected", partitions: [0] }], -1);
        await ask(null, 0);
      }
    }
  },
};

type Partitions = NonNullable<Input<AlterPartitionReassignmentsRequest["topics"][number]>["partitions"]>;

const reassigning: Case = {
  name: "AlterPartitionReassignments, ListPartitionReassignments",
  run: async (side) => {
    await create(side, "moved", {}, 2);
    for (const version of range(0, 1))
      for (const allowReplicationFactorChange of version === 0 ? [true] : [true, false]) {
        const ask = (name: string, partitions: Partitions, ms = timeoutMs): Promise<unknown> =>
          side.ask(
            alterPartitionReassignmentsApi,
            { timeoutMs: ms, allowReplicationFactorChange, topics: [{ name, partitions }] },
            version,
          );
        for (const replicas of [
          [0],
          null,
          [],
          [0, 0],
          [99],
          [-1],
          [0, 99],
          [99, 0],
          [99, 99],
          [0, -1],
          [-1, 0],
          [-1, -1],
        ]) {
          await ask("moved", [{ partitionIndex: 0, replicas }]);
          await ask("moved", [{ partitionIndex: 7, replicas }]);
          await ask("nowhere", [{ partitionIndex: 0, replicas }]);
        }
        await ask("moved", []);
        await ask("nowhere", []);
        await ask("", [{ partitionIndex: 0, replicas: [0] }]);
        await ask("moved", [{ partitionIndex: -1, replicas: [0] }]);
        await ask("moved", [
          { partitionIndex: 0, replicas: [0] },
          { partitionIndex: 0, replicas: [99] },
        ]);
        await ask("moved", [
          { partitionIndex: 0, replicas: [99] },
          { partitionIndex: 1, replicas: [0] },
        ]);
        await ask("moved", [{ partitionIndex: 0, replicas: [0] }], 0);
        await ask("moved", [{ partitionIndex: 0, replicas: [0] }], -1);
        await side.ask(
          alterPartitionReassignmentsApi,
          {
            timeoutMs,
            allowReplicationFactorChange,
            topics: [
              { name: "moved", partitions: [{ partitionIndex: 0, replicas: [0] }] },
              { name: "nowhere", partitions: [{ partitionIndex: 0, replicas: [0] }] },
              { name: "moved", partitions: [{ partitionIndex: 1, replicas: null }] },
            ],
          },
          version,
        );
        await side.ask(
          alterPartitionReassignmentsApi,
          { timeoutMs, allowReplicationFactorChange, topics: [] },
          version,
        );
      }
    for (const ms of [timeoutMs, 0])
      for (const topics of [
        null,
        [],
        [{ name: "moved", partitionIndexes: [0, 1, 9] }],
        [{ name: "moved", partitionIndexes: [] }],
        [{ name: "nowhere", partitionIndexes: [0] }],
      ])
        await side.ask(listPartitionReassignmentsApi, { timeoutMs: ms, topics }, 0);
    await side.ask(metadataApi, { topics: [{ name: "moved" }], allowAutoTopicCreation: false }, 12);
  },
};

const logDirs: Case = {
  name: "DescribeLogDirs, AlterReplicaLogDirs",
  run: async (side) => {
    await create(side, "stored", {}, 2);
    await produce(side, batch(), { topic: "stored" });
    await produce(side, batch({ values: ["a", "b"] }), { topic: "stored" });
    let path = "";
    for (const version of range(1, 5))
      for (const topics of [
        [],
        [{ topic: "stored", partitions: [0, 1] }],
        [{ topic: "stored", partitions: [1] }],
        [{ topic: "stored", partitions: [] }],
        [{ topic: "stored", partitions: [0, 0, 9, -1] }],
        [{ topic: "nowhere", partitions: [0] }],
        [
          { topic: "stored", partitions: [0] },
          { topic: "stored", partitions: [1] },
        ],
        [
          { topic: "nowhere", partitions: [0] },
          { topic: "stored", partitions: [1] },
        ],
      ]) {
        const answer = await side.ask(describeLogDirsApi, { topics }, version);
        path = answer?.results[0]?.logDir ?? "";
      }
    for (const version of range(1, 2)) {
      for (const to of [path, `${path}/`, "/no/such/dir", "relative", "", "/"]) {
        for (const topics of [
          [],
          [{ name: "stored", partitions: [0, 1] }],
          [{ name: "stored", partitions: [] }],
          [{ name: "stored", partitions: [9, -1] }],
          [{ name: "nowhere", partitions: [0] }],
          [
            { name: "stored", partitions: [0] },
            { name: "nowhere", partitions: [0] },
          ],
        ])
          await side.ask(alterReplicaLogDirsApi, { dirs: [{ path: to, topics }] }, version);
      }
      await side.ask(alterReplicaLogDirsApi, { dirs: [] }, version);
      await side.ask(
        alterReplicaLogDirsApi,
        {
          dirs: [
            { path, topics: [{ name: "stored", partitions: [0] }] },
            { path: "/no/such/dir", topics: [{ name: "stored", partitions: [1] }] },
          ],
        },
        version,
      );
    }
  },
};

/** Asks for the quorum. Epoch, offsets, times and ports are each cluster's own: that there are any is compared. */
async function askQuorum(
  side: Side,
  topics: NonNullable<Input<DescribeQuorumRequest>["topics"]>,
  version: number,
): Promise<void> {
  const answer = await side.ask(describeQuorumApi, { topics }, version);
  const isDescribed = answer?.topics[0]?.partitions[0]?.errorCode === 0;
  if (!isDescribed) return;
  const any = (value: number): number => Math.sign(value);
  side.transcript.pop();
  side.transcript.push({
    ...answer,
    nodes: answer.nodes.map(({ nodeId, listeners }) => [nodeId, listeners.map(({ name, host }) => [name, host])]),
    topics: answer.topics.map(({ topicName, partitions }) => [
      topicName,
      partitions.map((one) => ({
        ...one,
        leaderEpoch: any(one.leaderEpoch),
        highWatermark: any(one.highWatermark),
        currentVoters: one.currentVoters.map((voter) => ({
          ...voter,
          logEndOffset: any(voter.logEndOffset),
          lastFetchTimestamp: any(voter.lastFetchTimestamp),
          lastCaughtUpTimestamp: any(voter.lastCaughtUpTimestamp),
        })),
      })),
    ]),
  });
}

const quorum: Case = {
  name: "DescribeQuorum, AddRaftVoter, RemoveRaftVoter",
  run: async (side) => {
    const own = { topicName: "__cluster_metadata", partitions: [{ partitionIndex: 0 }] };
    for (const version of range(0, 2))
      for (const topics of [
        [own],
        [],
        [{ ...own, partitions: [] }],
        [{ ...own, partitions: [{ partitionIndex: 1 }] }],
        [{ ...own, partitions: [{ partitionIndex: 0 }, { partitionIndex: 1 }] }],
        [{ ...own, topicName: "nowhere" }],
        [own, { ...own, topicName: "nowhere" }],
        [own, own],
      ])
        await askQuorum(side, topics, version);
    const listeners = [{ name: "CONTROLLER", host: "127.0.0.1", port: 1 }];
    for (const version of range(0, 1))
      for (const clusterId of [null, "another"])
        for (const [voterId, voterDirectoryId] of [
          [9, UNKNOWN_ID],
          [0, UNKNOWN_ID],
          [-1, UNKNOWN_ID],
          [9, "AAAAAAAAAAAAAAAAAAAAAA"],
        ] as const) {
          await side.ask(addRaftVoterApi, { clusterId, timeoutMs, voterId, voterDirectoryId, listeners }, version);
          await side.ask(addRaftVoterApi, { clusterId, timeoutMs, voterId, voterDirectoryId, listeners: [] }, version);
          if (version === 0) await side.ask(removeRaftVoterApi, { clusterId, voterId, voterDirectoryId }, 0);
        }
  },
};

const unregistering: Case = {
  name: "UnregisterBroker, UnregisterController",
  run: async (side) => {
    for (const id of [99, -1, 2_147_483_647]) {
      await side.ask(unregisterBrokerApi, { brokerId: id }, 0);
      await side.ask(unregisterControllerApi, { controllerId: id }, 0);
    }
    await side.ask(unregisterControllerApi, { controllerId: 0 }, 0);
    await side.ask(metadataApi, { topics: [] }, 12);
    await side.ask(metadataApi, { topics: [] }, 12);
  },
};

const timing: Case = {
  name: "topic requests without time",
  run: async (side) => {
    await create(side, "timed", {}, 1);
    for (const ms of [0, -1]) {
      for (const version of [2, 7])
        for (const name of ["untimed", "timed", "bad name"])
          for (const validateOnly of [false, true])
            await side.ask(
              createTopicsApi,
              { timeoutMs: ms, validateOnly, topics: [{ name, numPartitions: 1, replicationFactor: 1 }] },
              version,
            );
      await side.ask(createTopicsApi, { timeoutMs: ms, topics: [] }, 7);
      for (const version of [0, 3])
        for (const [name, count] of [
          ["timed", 2],
          ["timed", 1],
          ["nowhere", 2],
        ] as const)
          await side.ask(
            createPartitionsApi,
            { timeoutMs: ms, topics: [{ name, count, assignments: null }], validateOnly: false },
            version,
          );
      for (const version of [1, 5]) {
        await side.ask(deleteTopicsApi, { timeoutMs: ms, topicNames: ["nowhere"] }, version);
        await side.ask(deleteTopicsApi, { timeoutMs: ms, topicNames: ["timed"] }, version);
      }
      await side.ask(deleteTopicsApi, { timeoutMs: ms, topics: [{ name: "timed" }] }, 6);
      await side.ask(
        createTopicsApi,
        {
          timeoutMs: ms,
          topics: [
            { name: "t1", numPartitions: 1, replicationFactor: 1 },
            { name: "t1", numPartitions: 1, replicationFactor: 1 },
            { name: "t2", numPartitions: 1, replicationFactor: 1 },
          ],
        },
        7,
      );
    }
    await side.ask(
      metadataApi,
      { topics: [{ name: "timed" }, { name: "untimed" }], allowAutoTopicCreation: false },
      12,
    );
  },
};

type Updates = NonNullable<Input<UpdateFeaturesRequest>["featureUpdates"]>;

const features: Case = {
  name: "UpdateFeatures",
  run: async (side) => {
    const said = { clientSoftwareName: "a", clientSoftwareVersion: "1" };
    for (const version of range(0, 2)) {
      for (const validateOnly of version === 0 ? [false] : [true, false]) {
        const ask = (featureUpdates: Updates, ms = timeoutMs): Promise<unknown> =>
          side.ask(
            updateFeaturesApi,
            { timeoutMs: ms, featureUpdates, ...(version === 0 ? {} : { validateOnly }) },
            version,
          );
        for (const feature of ["transaction.version", "group.version", "metadata.version", "nope", "", "kraft.version"])
          // The voters of the embedded cluster are fixed: level 1 of kraft.version would allow to change them.
          for (const maxVersionLevel of feature === "kraft.version" ? [-1, 0] : [-1, 0, 1, 2, 3, 6, 7, 32, 33, 34])
            for (const way of version === 0 ? [false, true] : [0, 1, 2, 3, 4])
              await side.ask(
                updateFeaturesApi,
                {
                  timeoutMs,
                  ...(version === 0 ? {} : { validateOnly: true }),
                  featureUpdates: [
                    {
                      feature,
                      maxVersionLevel,
                      ...(typeof way === "boolean" ? { allowDowngrade: way } : { upgradeType: way }),
                    },
                  ],
                },
                version,
              );
        await ask([]);
        await ask([{ feature: "nope", maxVersionLevel: 1 }], 0);
        await ask([
          { feature: "transaction.version", maxVersionLevel: 2 },
          { feature: "nope", maxVersionLevel: 1 },
        ]);
        await ask([
          { feature: "transaction.version", maxVersionLevel: 2 },
          { feature: "transaction.version", maxVersionLevel: 1 },
        ]);
        await ask([
          { feature: "transaction.version", maxVersionLevel: 2 },
          { feature: "group.version", maxVersionLevel: 1 },
        ]);
        await ask([{ feature: "transaction.version", maxVersionLevel: 2 }], 0);
        await ask(
          [{ feature: "transaction.version", maxVersionLevel: 1, upgradeType: 2 }].slice(version === 0 ? 1 : 0),
          0,
        );
      }
      for (const maxVersionLevel of [1, 2]) {
        const featureUpdates = [
          {
            feature: "transaction.version",
            maxVersionLevel,
            ...(version === 0 ? { allowDowngrade: true } : { upgradeType: maxVersionLevel === 1 ? 2 : 1 }),
          },
        ];
        await side.ask(updateFeaturesApi, { timeoutMs, featureUpdates }, version);
        // A real broker learns of the change later than the controller.
        const expected = version === 0 ? 2 : maxVersionLevel;
        await side.until(async (ask) => {
          const { finalizedFeatures } = await ask(apiVersionsApi, said, 3);
          const found = finalizedFeatures.find(({ name }) => name === "transaction.version");
          return found?.maxVersionLevel === expected;
        });
        const answer = await side.ask(apiVersionsApi, said, 3);
        side.transcript.pop();
        side.transcript.push(
          answer?.finalizedFeatures.filter(({ name }) => ["transaction.version", "group.version"].includes(name)),
        );
      }
    }
  },
};

/** In a cluster of one broker. */
export const clusterEdges: readonly Case[] = [electing, reassigning, logDirs, quorum, unregistering, timing, features];

// The requests to both clusters, API by API: valid and invalid, in several versions.
import { encodeRequest } from "../../../src/protocol/headers.ts";
import { apiVersionsApi } from "../../../src/protocol/messages/api-versions.ts";
import { createPartitionsApi } from "../../../src/protocol/messages/create-partitions.ts";
import { createTopicsApi } from "../../../src/protocol/messages/create-topics.ts";
import { deleteTopicsApi } from "../../../src/protocol/messages/delete-topics.ts";
import { describeClusterApi } from "../../../src/protocol/messages/describe-cluster.ts";
import { describeConfigsApi } from "../../../src/protocol/messages/describe-configs.ts";
import { type FetchRequest, fetchApi } from "../../../src/protocol/messages/fetch.ts";
import { findCoordinatorApi } from "../../../src/protocol/messages/find-coordinator.ts";
import { initProducerIdApi } from "../../../src/protocol/messages/init-producer-id.ts";
import { listOffsetsApi } from "../../../src/protocol/messages/list-offsets.ts";
import { metadataApi } from "../../../src/protocol/messages/metadata.ts";
import { offsetForLeaderEpochApi } from "../../../src/protocol/messages/offset-for-leader-epoch.ts";
import type { Input } from "../../../src/protocol/schema.ts";
import * as at from "../../../src/records/batch-layout.ts";
import { type Case, MAX, UNKNOWN_ID, batch, create, fetchOf, now, produce, range, tampered } from "./asking.ts";
import { configEdges } from "./config-edges.ts";
import { deletionEdges } from "./deletion-edges.ts";
import { readEdges } from "./read-edges.ts";
import { recordEdges } from "./record-edges.ts";
import { offsetEdges } from "./offset-edges.ts";
import { consumerGroupEdges } from "./consumer-group-edges.ts";
import { classicGroupEdges } from "./classic-group-edges.ts";
import { quotaEdges } from "./quota-edges.ts";
import { topicEdges } from "./topic-edges.ts";
import { transactionEdges } from "./transaction-edges.ts";
import { wireEdges } from "./wire-edges.ts";

const metadata: Case = {
  name: "Metadata",
  run: async (side) => {
    const topicId = await create(side, "meta", {}, 2);
    for (const version of range(0, 13))
      await side.ask(metadataApi, { topics: [{ name: "meta" }], allowAutoTopicCreation: version < 4 }, version);
    for (const version of [5, 9, 12]) {
      await side.ask(metadataApi, { topics: [{ name: "nowhere" }], allowAutoTopicCreation: false }, version);
      await side.ask(metadataApi, { topics: [{ name: "bad name!" }], allowAutoTopicCreation: false }, version);
      await side.ask(metadataApi, { topics: [] }, version);
    }
    for (const version of [12, 13]) {
      await side.ask(metadataApi, { topics: [{ topicId, name: null }] }, version);
      await side.ask(metadataApi, { topics: [{ topicId: UNKNOWN_ID, name: null }] }, version);
    }
  },
};

const topics: Case = {
  name: "CreateTopics, CreatePartitions, DeleteTopics",
  run: async (side) => {
    for (const version of range(2, 7)) {
      await side.ask(
        createTopicsApi,
        { timeoutMs: 10_000, topics: [{ name: `new-${version}`, numPartitions: 2, replicationFactor: 1 }] },
        version,
      );
      await side.topicId(`new-${version}`);
      await side.ask(
        createTopicsApi,
        {
          timeoutMs: 10_000,
          validateOnly: true,
          topics: [{ name: `only-${version}`, numPartitions: -1, replicationFactor: -1 }],
        },
        Math.max(4, version),
      );
    }
    for (const topic of [
      { name: "new-7", numPartitions: 1, replicationFactor: 1 },
      { name: "", numPartitions: 1, replicationFactor: 1 },
      { name: ".", numPartitions: 1, replicationFactor: 1 },
      { name: "a b", numPartitions: 1, replicationFactor: 1 },
      { name: "x".repeat(250), numPartitions: 1, replicationFactor: 1 },
      { name: "zero", numPartitions: 0, replicationFactor: 1 },
      { name: "negative", numPartitions: -2, replicationFactor: 1 },
      { name: "factor", numPartitions: 1, replicationFactor: 3 },
      { name: "factor", numPartitions: 1, replicationFactor: 0 },
      { name: "config", numPartitions: 1, replicationFactor: 1, configs: [{ name: "no.such.config", value: "1" }] },
      {
        name: "config",
        numPartitions: 1,
        replicationFactor: 1,
        configs: [{ name: "max.message.bytes", value: "many" }],
      },
      {
        name: "config",
        numPartitions: 1,
        replicationFactor: 1,
        configs: [{ name: "cleanup.policy", value: "sometimes" }],
      },
      { name: "config", numPartitions: 1, replicationFactor: 1, configs: [{ name: "retention.ms", value: null }] },
      { name: "both", numPartitions: 2, replicationFactor: 1, assignments: [{ partitionIndex: 0, brokerIds: [0] }] },
      {
        name: "assigned",
        numPartitions: -1,
        replicationFactor: -1,
        assignments: [{ partitionIndex: 0, brokerIds: [77] }],
      },
      { name: "gap", numPartitions: -1, replicationFactor: -1, assignments: [{ partitionIndex: 1, brokerIds: [0] }] },
    ])
      await side.ask(createTopicsApi, { timeoutMs: 10_000, topics: [topic] }, 7);
    await side.ask(
      createTopicsApi,
      {
        timeoutMs: 10_000,
        topics: [
          { name: "twice", numPartitions: 1, replicationFactor: 1 },
          { name: "twice", numPartitions: 1, replicationFactor: 1 },
        ],
      },
      7,
    );
    for (const version of range(0, 3)) {
      await side.ask(
        createPartitionsApi,
        { timeoutMs: 10_000, topics: [{ name: `new-${version + 2}`, count: 3 }] },
        version,
      );
      for (const [name, count] of [
        ["new-7", 2],
        ["new-7", 1],
        ["nowhere", 3],
        ["new-7", 0],
      ] as const)
        await side.ask(
          createPartitionsApi,
          { timeoutMs: 10_000, topics: [{ name, count, assignments: null }] },
          version,
        );
    }
    for (const version of range(1, 6)) {
      const named =
        version >= 6 ? { topics: [{ name: `new-${version + 1}` }] } : { topicNames: [`new-${version + 1}`] };
      await side.ask(deleteTopicsApi, { timeoutMs: 10_000, ...named }, version);
      const unknown =
        version >= 6
          ? { topics: [{ name: "nowhere" }, { name: null, topicId: UNKNOWN_ID }] }
          : { topicNames: ["nowhere"] };
      await side.ask(deleteTopicsApi, { timeoutMs: 10_000, ...unknown }, version);
    }
  },
};

const producing: Case = {
  name: "Produce",
  run: async (side) => {
    const topicId = await create(side, "p");
    for (const version of range(3, 13))
      await produce(side, batch({ values: ["a", "b"] }), { topic: "p", topicId, version });
    for (const version of [3, 9, 12]) {
      await produce(side, batch(), { topic: "nowhere", version });
      await produce(side, batch(), { topic: "p", partition: 9, version });
      await produce(side, batch(), { topic: "p", acks: 2, version });
    }
    await produce(side, batch(), { topic: "", topicId: UNKNOWN_ID, version: 13 });
    for (const acks of [-1, 1]) await produce(side, batch(), { topic: "p", acks });
    for (const bad of [
      batch().subarray(0, -1),
      Uint8Array.from([...batch(), ...batch()]),
      tampered({}, (view) => view.setInt8(at.MAGIC, 1)),
      batch().fill(7, 21, 22),
      tampered({}, (view) => view.setInt32(4, 7)),
      tampered({}, (view) => view.setInt16(at.ATTRIBUTES, at.CONTROL)),
      tampered({ values: ["a", "b"] }, (view) => view.setInt32(at.LAST_OFFSET_DELTA, 4)),
      tampered({}, (view) => view.setInt16(at.ATTRIBUTES, 1)),
      batch({ timestamp: now + 86_400_000 }),
      batch({ values: ["x".repeat(1_048_600)] }),
      batch({ producerId: 5, producerEpoch: 0, baseSequence: 0, isTransactional: true }),
    ])
      await produce(side, bad, { topic: "p" });
    await produce(side, batch(), { topic: "p" });
    await create(side, "compacted", { "cleanup.policy": "compact" });
    await produce(side, batch({ values: ["a", "b"] }), { topic: "compacted" });
    await produce(side, batch({ values: ["a", "b"] }), { topic: "compacted", version: 7 });
    await produce(side, batch({ values: ["a"], key: "k" }), { topic: "compacted" });
    await create(side, "stamped", { "message.timestamp.type": "LogAppendTime", "max.message.bytes": "300" });
    await produce(side, batch(), { topic: "stamped" });
    await produce(side, batch({ values: ["x".repeat(300)] }), { topic: "stamped" });
  },
};

const sequences: Case = {
  name: "InitProducerId, and the sequences of idempotent producers",
  run: async (side) => {
    await create(side, "idempotent");
    await side.until(
      async (ask) =>
        (await ask(initProducerIdApi, { transactionalId: null, transactionTimeoutMs: 1000 }, 0)).errorCode === 0,
    );
    for (const version of range(0, 5))
      await side.ask(initProducerIdApi, { transactionalId: null, transactionTimeoutMs: 1000 }, version);
    const id = await side.ask(initProducerIdApi, { transactionalId: null, transactionTimeoutMs: 1000 }, 4);
    const producerId = id?.producerId ?? -1;
    const send = (baseSequence: number, values: readonly string[], producerEpoch = 0): Promise<void> =>
      produce(side, batch({ producerId, producerEpoch, baseSequence, values }), { topic: "idempotent" });
    await send(0, ["a", "b"]);
    await send(2, ["c"]);
    await send(0, ["a", "b"]); // a retry
    await send(2, ["c"]);
    await send(9, ["gap"]);
    await send(1, ["overlap"]);
    for (let i = 3; i < 9; i++) await send(i, [String(i)]);
    await send(0, ["a", "b"]); // a retry of what is forgotten
    await send(4, ["4"]);
    await send(5, ["new epoch, not from 0"], 1);
    await send(0, ["new epoch"], 1);
    await send(9, ["old epoch"], 0);
    await side.ask(initProducerIdApi, { transactionalId: "", transactionTimeoutMs: 1000 }, 4);
  },
};

const fetching: Case = {
  name: "Fetch",
  run: async (side) => {
    const topicId = await create(side, "f", {}, 2);
    for (let i = 0; i < 3; i++) await produce(side, batch({ values: [`a${i}`, `b${i}`] }), { topic: "f" });
    for (const version of range(4, 12)) {
      await side.ask(fetchApi, fetchOf("f", { fetchOffset: 2 }), version);
      await side.ask(fetchApi, fetchOf("f", { fetchOffset: 3 }, { isolationLevel: 1 }), version);
      await side.ask(fetchApi, fetchOf("f", { fetchOffset: 6 }), version);
      await side.ask(fetchApi, fetchOf("f", { fetchOffset: 7 }), version);
      await side.ask(fetchApi, fetchOf("f", { fetchOffset: -1 }), version);
      await side.ask(fetchApi, fetchOf("nowhere", {}), version);
      await side.ask(fetchApi, fetchOf("f", { partition: 5 }), version);
      await side.ask(fetchApi, fetchOf("f", { currentLeaderEpoch: version >= 9 ? 5 : -1 }), version);
      await side.ask(fetchApi, fetchOf("f", { partitionMaxBytes: 1 }), version);
      await side.ask(fetchApi, fetchOf("f", { partitionMaxBytes: 100 }, { maxBytes: 1 }), version);
    }
    for (const version of range(13, 18)) {
      await side.ask(
        fetchApi,
        {
          maxWaitMs: 1,
          maxBytes: MAX,
          topics: [
            {
              topicId,
              partitions: [
                { partition: 0, fetchOffset: 4, partitionMaxBytes: MAX },
                { partition: 1, partitionMaxBytes: MAX },
              ],
            },
          ],
        },
        version,
      );
      await side.ask(
        fetchApi,
        {
          maxWaitMs: 1,
          maxBytes: MAX,
          topics: [{ topicId: UNKNOWN_ID, partitions: [{ partition: 0, partitionMaxBytes: MAX }] }],
        },
        version,
      );
    }
  },
};

const sessions: Case = {
  name: "fetch sessions",
  run: async (side) => {
    const topicId = await create(side, "s", {}, 3);
    await produce(side, batch(), { topic: "s", partition: 0 });
    for (const version of [7, 12, 17]) {
      const named = version >= 13 ? { topicId } : { topic: "s" };
      const ask = (
        sessionEpoch: number,
        partitions: readonly { partition: number; fetchOffset: number }[],
        more: Input<FetchRequest> = {},
      ): Promise<unknown> =>
        side.ask(
          fetchApi,
          {
            maxWaitMs: 1,
            maxBytes: MAX,
            sessionId: sessionEpoch === 0 ? 0 : side.sessionId,
            sessionEpoch,
            topics:
              partitions.length === 0
                ? []
                : [{ ...named, partitions: partitions.map((p) => ({ ...p, partitionMaxBytes: MAX })) }],
            ...more,
          },
          version,
        );
      await ask(0, [
        { partition: 0, fetchOffset: 0 },
        { partition: 1, fetchOffset: 0 },
        { partition: 2, fetchOffset: 0 },
      ]);
      await ask(1, [{ partition: 0, fetchOffset: 1 }]);
      await ask(2, []);
      await produce(side, batch(), { topic: "s", partition: 1 });
      await ask(3, []);
      await ask(4, [{ partition: 0, fetchOffset: 1000 }]);
      await ask(5, [], { forgottenTopicsData: [{ ...named, partitions: [0, 1] }] });
      await ask(3, []);
      await ask(6, [], { sessionId: 123_456 });
      await ask(6, [], { forgottenTopicsData: [{ ...named, partitions: [2] }] });
      await ask(7, []);
    }
  },
};

const offsets: Case = {
  name: "ListOffsets, OffsetForLeaderEpoch",
  run: async (side) => {
    await create(side, "o");
    for (const ms of [1000, 3000, 2000])
      await produce(side, batch({ values: ["a", "b"], timestamp: now - 10_000 + ms }), { topic: "o" });
    await create(side, "empty");
    for (const version of range(1, 10)) {
      for (const timestamp of [
        -1,
        -2,
        now - 9000,
        now - 8999,
        now - 7000,
        now,
        0,
        ...(version >= 7 ? [-3] : []),
        ...(version >= 8 ? [-4] : []),
        ...(version >= 9 ? [-5] : []),
        -9,
      ]) {
        for (const name of ["o", "empty"])
          await side.ask(
            listOffsetsApi,
            {
              replicaId: -1,
              topics: [{ name, partitions: [{ partitionIndex: 0, timestamp }] }],
              ...(version >= 10 ? { timeoutMs: 1000 } : {}),
            },
            version,
          );
      }
      await side.ask(
        listOffsetsApi,
        { replicaId: -1, topics: [{ name: "nowhere", partitions: [{ partitionIndex: 0, timestamp: -1 }] }] },
        version,
      );
      await side.ask(
        listOffsetsApi,
        { replicaId: -1, topics: [{ name: "o", partitions: [{ partitionIndex: 4, timestamp: -1 }] }] },
        version,
      );
      if (version >= 4)
        await side.ask(
          listOffsetsApi,
          {
            replicaId: -1,
            topics: [{ name: "o", partitions: [{ partitionIndex: 0, timestamp: -1, currentLeaderEpoch: 9 }] }],
          },
          version,
        );
    }
    for (const version of range(2, 4)) {
      for (const leaderEpoch of [0, 1, -1, 7])
        await side.ask(
          offsetForLeaderEpochApi,
          {
            replicaId: -1,
            topics: [{ topic: "o", partitions: [{ partition: 0, currentLeaderEpoch: -1, leaderEpoch }] }],
          },
          version,
        );
      await side.ask(
        offsetForLeaderEpochApi,
        {
          replicaId: -1,
          topics: [{ topic: "o", partitions: [{ partition: 0, currentLeaderEpoch: 4, leaderEpoch: 0 }] }],
        },
        version,
      );
      await side.ask(
        offsetForLeaderEpochApi,
        { replicaId: -1, topics: [{ topic: "nowhere", partitions: [{ partition: 0, leaderEpoch: 0 }] }] },
        version,
      );
    }
  },
};

const cluster: Case = {
  name: "DescribeCluster, DescribeConfigs, FindCoordinator",
  run: async (side) => {
    for (const version of range(0, 2)) await side.ask(describeClusterApi, {}, version);
    await create(side, "c", { "retention.ms": "1234567" });
    for (const version of range(1, 4)) {
      await side.ask(
        describeConfigsApi,
        {
          resources: [
            {
              resourceType: 2,
              resourceName: "c",
              configurationKeys: ["retention.ms", "cleanup.policy", "max.message.bytes", "message.timestamp.type"],
            },
          ],
        },
        version,
      );
      await side.ask(
        describeConfigsApi,
        { resources: [{ resourceType: 2, resourceName: "nowhere", configurationKeys: null }] },
        version,
      );
      await side.ask(
        describeConfigsApi,
        { resources: [{ resourceType: 2, resourceName: "bad name!", configurationKeys: null }] },
        version,
      );
    }
    await side.ask(findCoordinatorApi, { keyType: 9, coordinatorKeys: ["x"] }, 4);
  },
};

/** ApiVersions, and invalid requests. */
export const versions: Case = {
  name: "ApiVersions, and what is no request",
  run: async (side) => {
    for (const version of range(0, 5)) {
      const answer = await side.ask(
        apiVersionsApi,
        { clientSoftwareName: "differential", clientSoftwareVersion: "1" },
        version,
      );
      // Only those APIs are compared that both have: the embedded cluster grows with later issues.
      const last = side.transcript.pop() as Record<string, { apiKeys: { apiKey: number }[] }>;
      const keys = [
        0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 32, 33, 37, 42, 44,
        47, 60, 61, 65, 66, 68, 69, 74,
      ];
      const known = (features: readonly { readonly name: string }[] = []): unknown =>
        features.filter((feature) => ["group.version", "transaction.version"].includes(feature.name));
      for (const [name, { apiKeys }] of Object.entries(last))
        side.transcript.push({
          [name]: apiKeys.filter(({ apiKey }) => keys.includes(apiKey)),
          errorCode: answer?.errorCode,
          supported: known(answer?.supportedFeatures),
          finalized: known(answer?.finalizedFeatures),
        });
    }
    await side.ask(apiVersionsApi, { clientSoftwareName: "bad name!", clientSoftwareVersion: "1" }, 3);
    const clusterId = (await side.ask(metadataApi, { topics: [] }, 12))?.clusterId ?? null;
    side.transcript.pop();
    for (const meant of [
      { clusterId: "another" },
      { clusterId: "" },
      { nodeId: 99 },
      { clusterId: "another", nodeId: 99 },
      { clusterId: "another", nodeId: -2 },
      { nodeId: -2 },
    ])
      await side.ask(apiVersionsApi, { clientSoftwareName: "a", clientSoftwareVersion: "1", ...meant }, 5);
    for (const meant of [
      { clusterId },
      { clusterId, nodeId: 0 },
      { nodeId: 0 },
      { clusterId, nodeId: 99 },
      { clusterId, nodeId: -2 },
    ]) {
      const answer = await side.ask(
        apiVersionsApi,
        { clientSoftwareName: "a", clientSoftwareVersion: "1", ...meant },
        5,
      );
      side.transcript.pop();
      side.transcript.push([meant.nodeId, answer?.errorCode]);
    }
    await side.send("ApiVersions of a version that there is not", rawHeader(18, 99));
    await side.send("an API that there is not", rawHeader(999, 0));
    await side.send("Metadata of a version that there is not", rawHeader(3, 99));
    await side.send("a request that ends in its header", Uint8Array.of(0, 0, 0, 3, 0, 3, 0));
    await side.send(
      "a request that ends in its body",
      cut(encodeRequest(metadataApi, { topics: [{ name: "meta" }] }, 9, 1, "raw")),
    );
    await side.send("a negative size", Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0));
    await side.send("another protocol", new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
  },
};

function rawHeader(apiKey: number, version: number): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, 12);
  view.setInt16(4, apiKey);
  view.setInt16(6, version);
  view.setInt32(8, 1);
  view.setInt16(12, -1);
  return bytes;
}

/** A whole frame whose message is two bytes short. */
function cut(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = Uint8Array.from(Buffer.concat(chunks)).subarray(0, -2);
  new DataView(bytes.buffer).setInt32(0, bytes.length - 4);
  return bytes;
}

export const cases: readonly Case[] = [
  metadata,
  topics,
  producing,
  sequences,
  fetching,
  sessions,
  offsets,
  cluster,
  versions,
  ...topicEdges,
  ...configEdges,
  ...deletionEdges,
  ...recordEdges,
  ...readEdges,
  ...wireEdges,
  ...transactionEdges,
  ...offsetEdges,
  ...classicGroupEdges,
  ...consumerGroupEdges,
  ...quotaEdges,
];

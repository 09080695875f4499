// Topics, records, replicas and log directories.
import * as ErrorCode from "../../../src/errors/error-code.ts";
import { alterPartitionReassignmentsApi } from "../../../src/protocol/messages/alter-partition-reassignments.ts";
import { alterReplicaLogDirsApi } from "../../../src/protocol/messages/alter-replica-log-dirs.ts";
import { createPartitionsApi } from "../../../src/protocol/messages/create-partitions.ts";
import { createTopicsApi } from "../../../src/protocol/messages/create-topics.ts";
import { deleteRecordsApi } from "../../../src/protocol/messages/delete-records.ts";
import { deleteTopicsApi } from "../../../src/protocol/messages/delete-topics.ts";
import { describeLogDirsApi } from "../../../src/protocol/messages/describe-log-dirs.ts";
import { describeTopicPartitionsApi } from "../../../src/protocol/messages/describe-topic-partitions.ts";
import { electLeadersApi } from "../../../src/protocol/messages/elect-leaders.ts";
import { listOffsetsApi } from "../../../src/protocol/messages/list-offsets.ts";
import { listPartitionReassignmentsApi } from "../../../src/protocol/messages/list-partition-reassignments.ts";
import { metadataApi } from "../../../src/protocol/messages/metadata.ts";
import { ABC, type CallRow, place, row, THROTTLE_MS } from "./call-row.ts";

const UNKNOWN = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
const NODES: Readonly<Record<string, number>> = { a: 1, b: 2, c: 3 };
const nodeOf = (name: string): number => NODES[name] ?? 0;

/** How long a broker asks to wait whose quota refused an item. */
const throttleOf = (items: readonly { readonly errorCode: number }[]): number =>
  items.some(({ errorCode }) => errorCode === ErrorCode.THROTTLING_QUOTA_EXCEEDED) ? THROTTLE_MS : 0;

export const TOPIC_ROWS: readonly CallRow[] = [
  row({
    name: "createTopics",
    again: "item",
    route: "controller",
    api: createTopicsApi,
    names: ABC,
    againWhenThrottled: true,
    run: (admin, names, limits) =>
      admin.createTopics(
        names.map((topic) => ({ topic })),
        limits,
      ),
    answer: ({ topics: asked }, codeOf) => {
      const topics = asked.map(({ name }) => ({
        name,
        errorCode: codeOf(name),
        numPartitions: 1,
        replicationFactor: 1,
      }));
      return { topics, throttleTimeMs: throttleOf(topics) };
    },
  }),
  row({
    name: "deleteTopics",
    again: "item",
    route: "controller",
    api: deleteTopicsApi,
    names: ABC,
    unknown: UNKNOWN,
    againWhenThrottled: true,
    run: (admin, names, limits) => admin.deleteTopics(names, limits),
    answer: ({ topics }, codeOf) => {
      const responses = topics.map(({ name }) => ({ name, errorCode: codeOf(name ?? "") }));
      return { responses, throttleTimeMs: throttleOf(responses) };
    },
  }),
  row({
    name: "createPartitions",
    again: "item",
    route: "controller",
    api: createPartitionsApi,
    names: ABC,
    unknown: UNKNOWN,
    againWhenThrottled: true,
    run: (admin, names, limits) =>
      admin.createPartitions(
        names.map((topic) => ({ topic, totalCount: 3 })),
        limits,
      ),
    answer: ({ topics }, codeOf) => {
      const results = topics.map(({ name }) => ({ name, errorCode: codeOf(name) }));
      return { results, throttleTimeMs: throttleOf(results) };
    },
  }),
  row({
    name: "describeTopics",
    route: "any",
    api: describeTopicPartitionsApi,
    names: ABC,
    unknown: UNKNOWN,
    asksOtherApi: true,
    run: (admin, names, limits) => admin.describeTopics(names, limits),
    answer: ({ topics }, codeOf) => ({
      topics: topics.map(({ name }) => ({ name, errorCode: codeOf(name), partitions: [] })),
    }),
  }),
  row({
    name: "listTopics",
    route: "any",
    api: metadataApi,
    run: (admin, _names, limits) => admin.listTopics(limits),
    answer: () => "usual",
  }),
  row({
    name: "deleteRecords",
    again: "leader",
    route: "leader",
    api: deleteRecordsApi,
    names: ABC,
    unknown: UNKNOWN,
    run: (admin, names, limits) =>
      admin.deleteRecords(
        names.map((name) => ({ ...place(name), beforeOffset: 1 })),
        limits,
      ),
    answer: ({ topics }, codeOf) => ({
      topics: topics.map(({ name }) => ({
        name,
        partitions: [{ partitionIndex: 0, lowWatermark: 1, errorCode: codeOf(name) }],
      })),
    }),
  }),
  row({
    name: "listOffsets",
    again: "retriable",
    route: "leader",
    api: listOffsetsApi,
    names: ABC,
    unknown: UNKNOWN,
    run: (admin, names, limits) =>
      admin.listOffsets(
        names.map((name) => ({ ...place(name), spec: "latest" })),
        limits,
      ),
    answer: ({ topics }, codeOf) => ({
      topics: topics.map(({ name }) => ({ name, partitions: [{ partitionIndex: 0, errorCode: codeOf(name) }] })),
    }),
  }),
  row({
    name: "electLeaders",
    again: "item",
    route: "controller",
    api: electLeadersApi,
    names: ABC,
    unknown: UNKNOWN,
    run: (admin, names, limits) => admin.electLeaders("PREFERRED", names.map(place), limits),
    answer: ({ topicPartitions }, codeOf) => ({
      replicaElectionResults: (topicPartitions ?? []).map(({ topic }) => ({
        topic,
        partitionResult: [{ partitionId: 0, errorCode: codeOf(topic) }],
      })),
    }),
  }),
  row({
    name: "alterPartitionReassignments",
    again: "item",
    route: "controller",
    api: alterPartitionReassignmentsApi,
    names: ABC,
    unknown: UNKNOWN,
    run: (admin, names, limits) =>
      admin.alterPartitionReassignments(
        names.map((name) => ({ ...place(name), replicas: [1] })),
        limits,
      ),
    answer: ({ topics }, codeOf) => ({
      responses: topics.map(({ name }) => ({ name, partitions: [{ partitionIndex: 0, errorCode: codeOf(name) }] })),
    }),
  }),
  row({
    name: "listPartitionReassignments",
    again: "retriable",
    route: "controller",
    api: listPartitionReassignmentsApi,
    run: (admin, _names, limits) => admin.listPartitionReassignments(limits),
    answer: (_message, codeOf) => ({ errorCode: codeOf("") }),
  }),
  row({
    name: "describeLogDirs",
    again: "item",
    route: "node",
    api: describeLogDirsApi,
    names: ABC,
    run: (admin, names, limits) => admin.describeLogDirs(names.map(nodeOf), limits),
    answer: (_message, codeOf, nodeId) => ({ errorCode: codeOf(ABC[nodeId - 1] ?? "") }),
  }),
  row({
    name: "describeReplicaLogDirs",
    again: "item",
    route: "node",
    api: describeLogDirsApi,
    names: ABC,
    run: (admin, names, limits) =>
      admin.describeReplicaLogDirs(
        names.map((name) => ({ ...place(name), brokerId: nodeOf(name) })),
        limits,
      ),
    answer: (_message, codeOf, nodeId) => ({ errorCode: codeOf(ABC[nodeId - 1] ?? "") }),
  }),
  row({
    name: "alterReplicaLogDirs",
    again: "item",
    route: "node",
    api: alterReplicaLogDirsApi,
    names: ABC,
    unknown: UNKNOWN,
    run: (admin, names, limits) =>
      admin.alterReplicaLogDirs(
        names.map((name) => ({ ...place(name), brokerId: nodeOf(name), logDir: "/tmp" })),
        limits,
      ),
    answer: (_message, codeOf, nodeId) => {
      const topicName = ABC[nodeId - 1] ?? "";
      return { results: [{ topicName, partitions: [{ partitionIndex: 0, errorCode: codeOf(topicName) }] }] };
    },
  }),
];

import { batchOf, produceTo } from "../../../test/embedded/raw-client.ts";
import { createPartitionsApi } from "../../protocol/messages/create-partitions.ts";
import { alterConfigsApi } from "../../protocol/messages/alter-configs.ts";
import { createTopicsApi } from "../../protocol/messages/create-topics.ts";
import { deleteRecordsApi } from "../../protocol/messages/delete-records.ts";
import { deleteTopicsApi } from "../../protocol/messages/delete-topics.ts";
import { describeConfigsApi } from "../../protocol/messages/describe-configs.ts";
import { describeProducersApi } from "../../protocol/messages/describe-producers.ts";
import { describeTopicPartitionsApi } from "../../protocol/messages/describe-topic-partitions.ts";
import { fetchApi } from "../../protocol/messages/fetch.ts";
import { incrementalAlterConfigsApi } from "../../protocol/messages/incremental-alter-configs.ts";
import { listConfigResourcesApi } from "../../protocol/messages/list-config-resources.ts";
import { listOffsetsApi } from "../../protocol/messages/list-offsets.ts";
import { metadataApi } from "../../protocol/messages/metadata.ts";
import { offsetForLeaderEpochApi } from "../../protocol/messages/offset-for-leader-epoch.ts";
import { produceApi } from "../../protocol/messages/produce.ts";
import { testAccess, topicIdOf } from "../../../test/embedded/rights.ts";

const one = { partitionIndex: 0 };
const describeT = { topics: [{ name: "t" }], allowAutoTopicCreation: false };

testAccess([
  [
    "Metadata of a topic",
    29,
    ["DESCRIBE TOPIC t"],
    async (c) => (await c.request(metadataApi, describeT, 12)).topics[0]?.errorCode,
  ],
  [
    "Metadata of a topic by its id",
    29,
    ["READ TOPIC t"],
    async (c, w) =>
      (await c.request(metadataApi, { topics: [{ name: null, topicId: topicIdOf(w) }] }, 12)).topics[0]?.errorCode,
  ],
  [
    "DescribeTopicPartitions",
    29,
    ["DESCRIBE TOPIC t"],
    async (c) =>
      (await c.request(describeTopicPartitionsApi, { topics: [{ name: "t" }], responsePartitionLimit: 9 })).topics[0]
        ?.errorCode,
  ],
  ["Produce", 29, ["WRITE TOPIC t"], async (c) => (await produceTo(c, batchOf())).errorCode],
  [
    "Produce by the topic's id",
    29,
    ["WRITE TOPIC t"],
    async (c, w) => {
      const topicData = [{ topicId: topicIdOf(w), partitionData: [{ index: 0, records: batchOf() }] }];
      const { responses } = await c.request(produceApi, { acks: -1, timeoutMs: 9, topicData }, 13);
      return responses[0]?.partitionResponses[0]?.errorCode;
    },
  ],
  [
    "Produce in a transaction",
    53,
    ["WRITE TRANSACTIONAL_ID x", "WRITE TOPIC t"],
    async (c) => {
      const records = batchOf({ producerId: 1, producerEpoch: 0, baseSequence: 0, isTransactional: true });
      const topicData = [{ name: "t", partitionData: [{ index: 0, records }] }];
      const { responses } = await c.request(
        produceApi,
        { transactionalId: "x", acks: -1, timeoutMs: 9, topicData },
        12,
      );
      return responses[0]?.partitionResponses[0]?.errorCode;
    },
  ],
  [
    "Fetch",
    29,
    ["READ TOPIC t"],
    async (c, w) => {
      const topics = [{ topicId: topicIdOf(w), partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 99 }] }];
      return (await c.request(fetchApi, { maxBytes: 99, topics })).responses[0]?.partitions[0]?.errorCode;
    },
  ],
  [
    "ListOffsets",
    29,
    ["DESCRIBE TOPIC t"],
    async (c) =>
      (await c.request(listOffsetsApi, { topics: [{ name: "t", partitions: [{ ...one, timestamp: -1 }] }] }, 7))
        .topics[0]?.partitions[0]?.errorCode,
  ],
  [
    "OffsetForLeaderEpoch",
    29,
    ["DESCRIBE TOPIC t"],
    async (c) =>
      (
        await c.request(offsetForLeaderEpochApi, {
          topics: [{ topic: "t", partitions: [{ partition: 0, currentLeaderEpoch: -1, leaderEpoch: 0 }] }],
        })
      ).topics[0]?.partitions[0]?.errorCode,
  ],
  [
    "DescribeProducers",
    29,
    ["READ TOPIC t"],
    async (c) =>
      (await c.request(describeProducersApi, { topics: [{ name: "t", partitionIndexes: [0] }] })).topics[0]
        ?.partitions[0]?.errorCode,
  ],
  [
    "CreateTopics",
    29,
    ["CREATE TOPIC n"],
    async (c) =>
      (await c.request(createTopicsApi, { topics: [{ name: "n", numPartitions: 1, replicationFactor: 1 }] })).topics[0]
        ?.errorCode,
  ],
  [
    "CreateTopics with a right to the cluster",
    29,
    ["CREATE CLUSTER"],
    async (c) =>
      (await c.request(createTopicsApi, { topics: [{ name: "n", numPartitions: 1, replicationFactor: 1 }] })).topics[0]
        ?.errorCode,
  ],
  [
    "DeleteTopics",
    29,
    ["DELETE TOPIC t"],
    async (c) => (await c.request(deleteTopicsApi, { timeoutMs: 1000, topicNames: ["t"] }, 5)).responses[0]?.errorCode,
  ],
  [
    "DeleteTopics by id",
    29,
    ["DELETE CLUSTER"],
    async (c, w) =>
      (await c.request(deleteTopicsApi, { timeoutMs: 1000, topics: [{ name: null, topicId: topicIdOf(w) }] }))
        .responses[0]?.errorCode,
  ],
  [
    "CreatePartitions",
    29,
    ["ALTER TOPIC t"],
    async (c) =>
      (await c.request(createPartitionsApi, { timeoutMs: 1000, topics: [{ name: "t", count: 2, assignments: null }] }))
        .results[0]?.errorCode,
  ],
  [
    "DescribeConfigs of a topic",
    29,
    ["ALTER_CONFIGS TOPIC t"],
    async (c) =>
      (await c.request(describeConfigsApi, { resources: [{ resourceType: 2, resourceName: "t" }] })).results[0]
        ?.errorCode,
  ],
  [
    "IncrementalAlterConfigs of a topic",
    29,
    ["ALTER_CONFIGS TOPIC t"],
    async (c) =>
      (await c.request(incrementalAlterConfigsApi, { resources: [{ resourceType: 2, resourceName: "t" }] }))
        .responses[0]?.errorCode,
  ],
  [
    "IncrementalAlterConfigs of a broker's logger",
    31,
    ["ALTER_CONFIGS CLUSTER"],
    async (c) =>
      (await c.request(incrementalAlterConfigsApi, { resources: [{ resourceType: 8, resourceName: "0" }] }))
        .responses[0]?.errorCode,
  ],
  [
    "AlterConfigs of a group",
    30,
    ["ALTER_CONFIGS GROUP g"],
    async (c) =>
      (await c.request(alterConfigsApi, { resources: [{ resourceType: 32, resourceName: "g" }] })).responses[0]
        ?.errorCode,
  ],
  [
    "ListConfigResources",
    31,
    ["DESCRIBE_CONFIGS CLUSTER"],
    async (c) => (await c.request(listConfigResourcesApi, {})).errorCode,
  ],
  [
    "DeleteRecords",
    29,
    ["DELETE TOPIC t"],
    async (c) =>
      (await c.request(deleteRecordsApi, { topics: [{ name: "t", partitions: [{ partitionIndex: 0, offset: -1 }] }] }))
        .topics[0]?.partitions[0]?.errorCode,
  ],
  [
    "DescribeConfigs of a broker",
    31,
    ["DESCRIBE_CONFIGS CLUSTER"],
    async (c) =>
      (await c.request(describeConfigsApi, { resources: [{ resourceType: 4, resourceName: "0" }] })).results[0]
        ?.errorCode,
  ],
]);

import { createPartitionsApi } from "../../protocol/messages/create-partitions.ts";
import { type CreateTopicsRequestCreatableTopic, type CreateTopicsResponseCreatableTopicResult, createTopicsApi } from "../../protocol/messages/create-topics.ts";
import { deleteTopicsApi } from "../../protocol/messages/delete-topics.ts";
import type { Input } from "../../protocol/schema.ts";
import { codes } from "../codes.ts";
import { type AnyHandler, type ClusterState, handler } from "../handler.ts";
import { Topics } from "../state/topics.ts";
import { isTopicConfig } from "../topic-configs.ts";

/** CreateTopics, 2 to 7. */
export function createTopics(): AnyHandler {
  return handler({
    api: createTopicsApi,
    min: 2,
    max: 7,
    handle: (request, { cluster }) => ({ topics: request.topics.map((topic) => create(topic, request.validateOnly, cluster)) }),
  });
}

function create(topic: CreateTopicsRequestCreatableTopic, validateOnly: boolean, cluster: ClusterState): Input<CreateTopicsResponseCreatableTopicResult> {
  const refuse = (errorCode: number, errorMessage: string): Input<CreateTopicsResponseCreatableTopicResult> => ({ name: topic.name, errorCode, errorMessage });
  const partitions = topic.numPartitions === -1 ? cluster.numPartitions : topic.numPartitions;
  const replicationFactor = topic.replicationFactor === -1 ? cluster.defaultReplicationFactor : topic.replicationFactor;
  if (!Topics.isValidName(topic.name)) return refuse(codes.INVALID_TOPIC_EXCEPTION, `Topic name is invalid: ${topic.name}`);
  if (cluster.topics.byName(topic.name) !== undefined) return refuse(codes.TOPIC_ALREADY_EXISTS, `Topic '${topic.name}' already exists.`);
  if (partitions < 1) return refuse(codes.INVALID_PARTITIONS, "Number of partitions was set to an invalid non-positive value.");
  if (replicationFactor < 1 || replicationFactor > cluster.brokers().length) return refuse(codes.INVALID_REPLICATION_FACTOR, `Unable to replicate the partition ${replicationFactor} time(s): only ${cluster.brokers().length} broker(s) are registered.`);
  const unknown = topic.configs.find((config) => !isTopicConfig(config.name));
  if (unknown !== undefined) return refuse(codes.INVALID_CONFIG, `Unknown topic config name: ${unknown.name}`);
  const configs = new Map(topic.configs.map((config) => [config.name, config.value ?? ""]));
  if (validateOnly) return { name: topic.name, numPartitions: partitions, replicationFactor, configs: [] };
  const made = cluster.createTopic(topic.name, partitions, replicationFactor, configs);
  return { name: topic.name, topicId: made.topicId, numPartitions: partitions, replicationFactor, configs: [...configs].map(([name, value]) => ({ name, value, configSource: 1 })) };
}

/** DeleteTopics, 1 to 6: by name, from version 6 on also by id. */
export function deleteTopics(): AnyHandler {
  return handler({
    api: deleteTopicsApi,
    min: 1,
    max: 6,
    handle: (request, { cluster }) => {
      const named = request.topics.length > 0 ? request.topics : request.topicNames.map((name) => ({ name, topicId: "" }));
      return {
        responses: named.map(({ name, topicId }) => {
          const topic = cluster.topics.find(name, topicId);
          if (topic === undefined) return { name, topicId, errorCode: name === null ? codes.UNKNOWN_TOPIC_ID : codes.UNKNOWN_TOPIC_OR_PARTITION };
          cluster.topics.delete(topic);
          return { name: topic.name, topicId: topic.topicId, errorCode: 0 };
        }).map((result) => (result.topicId === "" ? { name: result.name, errorCode: result.errorCode } : result)),
      };
    },
  });
}

/** CreatePartitions, 0 to 3. */
export function createPartitions(): AnyHandler {
  return handler({
    api: createPartitionsApi,
    min: 0,
    max: 3,
    handle: (request, { cluster }) => ({
      results: request.topics.map(({ name, count }) => {
        const topic = cluster.topics.byName(name);
        if (topic === undefined) return { name, errorCode: codes.UNKNOWN_TOPIC_OR_PARTITION, errorMessage: "This server does not host this topic-partition." };
        if (count <= topic.partitions.length) return { name, errorCode: codes.INVALID_PARTITIONS, errorMessage: `The topic ${name} currently has ${topic.partitions.length} partition(s); ${count} would not be an increase.` };
        if (!request.validateOnly) cluster.topics.grow(topic, count, topic.partitions[0]?.replicas.length ?? 1, cluster.brokers().map((broker) => broker.nodeId));
        return { name, errorCode: 0, errorMessage: null };
      }),
    }),
  });
}

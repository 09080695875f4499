import { type MetadataResponseMetadataResponseTopic, metadataApi } from "../../protocol/messages/metadata.ts";
import type { Input } from "../../protocol/schema.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";
import { type Topic, Topics } from "../state/topics.ts";
import { codes } from "../codes.ts";

/** Version 10 has topic ids, and Kafka accepts them in requests from 12 on only. */
const IDS_SINCE = 12;

/** Metadata, 0 to 13. An unknown topic is created in the background, and this answer still says that it is unknown, as Kafka's does. */
export function metadata(): AnyHandler {
  return handler({
    api: metadataApi,
    min: 0,
    max: 13,
    handle: (request, context) => {
      const { cluster, apiVersion } = context;
      // No list means all topics; in version 0, which knows no null, the empty list does.
      const isAll = request.topics === null || (apiVersion === 0 && request.topics.length === 0);
      const topics = isAll ? [...cluster.topics.all].map((topic) => describe(topic, context)) : (request.topics ?? []).map((wanted) => one(wanted.name, wanted.topicId, request.allowAutoTopicCreation, context));
      return { brokers: cluster.brokers().map((broker) => ({ ...broker })), clusterId: cluster.clusterId, controllerId: cluster.brokers()[0]?.nodeId ?? -1, topics };
    },
  });
}

function one(name: string | null, topicId: string, mayCreate: boolean, context: RequestContext): Input<MetadataResponseMetadataResponseTopic> {
  const { cluster } = context;
  const topic = cluster.topics.find(name, topicId);
  if (topic !== undefined) return describe(topic, context);
  if (name === null && context.apiVersion < IDS_SINCE) return { errorCode: codes.INVALID_REQUEST, name: "" };
  if (name === null) return { errorCode: codes.UNKNOWN_TOPIC_ID, name: null, topicId };
  if (!Topics.isValidName(name)) return { errorCode: codes.INVALID_TOPIC_EXCEPTION, name };
  if (mayCreate && cluster.autoCreateTopics) cluster.createSoon(name);
  return { errorCode: codes.UNKNOWN_TOPIC_OR_PARTITION, name };
}

function describe(topic: Topic, { cluster }: RequestContext): Input<MetadataResponseMetadataResponseTopic> {
  const up = new Set(cluster.brokers().map((broker) => broker.nodeId));
  return {
    errorCode: 0,
    name: topic.name,
    topicId: topic.topicId,
    partitions: topic.partitions.map((log) => ({
      errorCode: log.leaderId < 0 ? codes.LEADER_NOT_AVAILABLE : 0,
      partitionIndex: log.partition,
      leaderId: log.leaderId,
      leaderEpoch: log.leaderEpoch,
      replicaNodes: log.replicas,
      isrNodes: log.replicas.filter((id) => up.has(id)),
      offlineReplicas: log.replicas.filter((id) => !up.has(id)),
    })),
  };
}

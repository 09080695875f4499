import * as ErrorCode from "../../errors/error-code.ts";
import {
  type MetadataRequest,
  type MetadataResponse,
  type MetadataResponseMetadataResponseTopic,
  metadataApi,
} from "../../protocol/messages/metadata.ts";
import type { Input } from "../../protocol/schema.ts";
import { CLUSTER_OPERATIONS, TOPIC_OPERATIONS } from "../authorized-operations.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";
import type { MetadataView, TopicView } from "../state/metadata-view.ts";
import { Topics } from "../state/topics.ts";
import { ZERO_UUID } from "../../wire/uuid.ts";

type Described = Input<MetadataResponseMetadataResponseTopic>;

/** Version 10 has topic ids, but Kafka accepts them in requests only from 12 on. */
const IDS_SINCE = 12;

/**
 * Metadata, 0 to 13. An unknown topic is created in the background; this response still says that it is unknown, as
 * Kafka's does.
 */
export function metadata(): AnyHandler {
  return handler({
    api: metadataApi,
    min: 0,
    max: 13,
    handle: (request, context) => {
      const { cluster, apiVersion } = context;
      const view = cluster.metadataOf(context.nodeId);
      const malformed = refusal(request, apiVersion);
      if (malformed !== undefined) return malformed;
      // Null means all topics. Version 0 has no null; there, an empty list does.
      const isAll = request.topics === null || (apiVersion === 0 && request.topics.length === 0);
      const topics = isAll
        ? Array.from(view.topics.all, (topic) => describe(topic, view))
        : wanted(request, view, context);
      return {
        brokers: view.brokers().map((broker) => ({ ...broker })),
        clusterId: cluster.clusterId,
        controllerId: view.brokers()[0]?.nodeId ?? -1,
        topics: request.includeTopicAuthorizedOperations
          ? topics.map((topic) =>
              topic.errorCode === ErrorCode.NONE ? { ...topic, topicAuthorizedOperations: TOPIC_OPERATIONS } : topic,
            )
          : topics,
        ...(request.includeClusterAuthorizedOperations ? { clusterAuthorizedOperations: CLUSTER_OPERATIONS } : {}),
      };
    },
  });
}

/** An error of the whole request is returned for each of its topics, and nothing else is. */
function refusal(request: MetadataRequest, apiVersion: number): Input<MetadataResponse> | undefined {
  const topics = request.topics ?? [];
  const hasIds = topics.some(({ topicId }) => topicId !== ZERO_UUID);
  const hasNulls = topics.some(({ name }) => name === null);
  const isMalformed = apiVersion < IDS_SINCE && (hasIds || hasNulls);
  // A topic without name and id makes Kafka throw.
  if (!isMalformed && (hasIds || !hasNulls)) return undefined;
  const errorCode = isMalformed ? ErrorCode.INVALID_REQUEST : ErrorCode.UNKNOWN_SERVER_ERROR;
  return {
    clusterId: null,
    controllerId: -1,
    topics: topics.map(({ name, topicId }) => ({ errorCode, name: name ?? "", topicId })),
    errorCode,
  };
}

/**
 * Each topic once: unknown ids, then existing topics, then unknown names. If any topic is given by id, names are
 * ignored.
 */
function wanted(request: MetadataRequest, view: MetadataView, context: RequestContext): readonly Described[] {
  const { topics } = view;
  const all = request.topics ?? [];
  const ids = [...new Set(all.map(({ topicId }) => topicId).filter((topicId) => topicId !== ZERO_UUID))];
  if (ids.length > 0) {
    const unknown = ids.filter((topicId) => topics.byId(topicId) === undefined);
    return [
      ...unknown.map((topicId) => ({ errorCode: ErrorCode.UNKNOWN_TOPIC_ID, name: null, topicId })),
      ...ids.flatMap((topicId) => found(topics.byId(topicId), view)),
    ];
  }
  const names = [...new Set(all.map(({ name }) => name ?? ""))];
  const unknown = names.filter((name) => topics.byName(name) === undefined);
  return [
    ...names.flatMap((name) => found(topics.byName(name), view)),
    ...unknown.map((name) => missing(name, request.allowAutoTopicCreation, context)),
  ];
}

function found(topic: TopicView | undefined, view: MetadataView): readonly Described[] {
  return topic === undefined ? [] : [describe(topic, view)];
}

function missing(name: string, mayCreate: boolean, { cluster }: RequestContext): Described {
  if (!Topics.isValidName(name)) return { errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION, name };
  if (mayCreate && cluster.autoCreateTopics) cluster.createSoon(name);
  return { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, name };
}

function describe(topic: TopicView, view: MetadataView): Described {
  const up = new Set(view.brokers().map((broker) => broker.nodeId));
  return {
    errorCode: ErrorCode.NONE,
    name: topic.name,
    topicId: topic.topicId,
    partitions: topic.partitions.map((log) => ({
      errorCode: log.leaderId < 0 ? ErrorCode.LEADER_NOT_AVAILABLE : 0,
      partitionIndex: log.partition,
      leaderId: log.leaderId,
      leaderEpoch: log.leaderEpoch,
      replicaNodes: log.replicas,
      isrNodes: log.isr,
      offlineReplicas: log.replicas.filter((id) => !up.has(id)),
    })),
  };
}

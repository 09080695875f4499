import * as ErrorCode from "../../errors/error-code.ts";
import {
  type MetadataRequest,
  type MetadataResponse,
  type MetadataResponseMetadataResponseTopic,
  metadataApi,
} from "../../protocol/messages/metadata.ts";
import type { Input } from "../../protocol/schema.ts";
import { clusterOperations, topicOperations } from "../authorized-operations.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";
import type { Access } from "../security/access.ts";
import { isInternalTopic } from "../state/internal-topic-names.ts";
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
      const { cluster, apiVersion, access } = context;
      const view = cluster.metadataOf(context.nodeId);
      const malformed = refusal(request, apiVersion);
      if (malformed !== undefined) return malformed;
      // Null means all topics. Version 0 has no null; there, an empty list does.
      const isAll = request.topics === null || (apiVersion === 0 && request.topics.length === 0);
      const topics = isAll ? everything(view, access) : wanted(request, view, context);
      return {
        brokers: view.brokers().map((broker) => ({ ...broker })),
        clusterId: cluster.clusterId,
        controllerId: view.brokers()[0]?.nodeId ?? -1,
        topics: request.includeTopicAuthorizedOperations
          ? topics.map((topic) =>
              topic.errorCode === ErrorCode.NONE
                ? { ...topic, topicAuthorizedOperations: topicOperations(access, topic.name ?? "") }
                : topic,
            )
          : topics,
        ...(request.includeClusterAuthorizedOperations
          ? { clusterAuthorizedOperations: clusterOperations(access) }
          : {}),
      };
    },
  });
}

/** All topics that the client may describe. */
function everything(view: MetadataView, access: Access | undefined): readonly Described[] {
  const all = [...view.topics.all];
  const visible = access === undefined ? all : all.filter(({ name }) => !access.denies("DESCRIBE", "TOPIC", name));
  return visible.map((topic) => describe(topic, view));
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
 * Each topic once: unknown ids, then existing topics, then unknown names, then topics that the client may not describe,
 * whether they exist or not. If any topic is given by id, names are ignored.
 */
function wanted(request: MetadataRequest, view: MetadataView, context: RequestContext): readonly Described[] {
  const { topics } = view;
  const all = request.topics ?? [];
  const ids = [...new Set(all.map(({ topicId }) => topicId).filter((topicId) => topicId !== ZERO_UUID))];
  if (ids.length > 0) {
    const unknown = ids.filter((topicId) => topics.byId(topicId) === undefined);
    const denied = hidden(ids, (topicId) => topics.byId(topicId)?.name, context.access);
    return [
      ...unknown.map((topicId) => ({ errorCode: ErrorCode.UNKNOWN_TOPIC_ID, name: null, topicId })),
      ...ids.flatMap((topicId) => (denied.has(topicId) ? [] : found(topics.byId(topicId), view))),
      // A topic's id is no secret.
      ...[...denied].map((topicId) => ({ errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED, name: null, topicId })),
    ];
  }
  const given = [...new Set(all.map(({ name }) => name ?? ""))];
  const denied = hidden(given, (name) => name, context.access);
  const names = denied.size === 0 ? given : given.filter((name) => !denied.has(name));
  const unknown = names.filter((name) => topics.byName(name) === undefined);
  return [
    ...names.flatMap((name) => found(topics.byName(name), view)),
    ...unknown.map((name) => missing(name, request.allowAutoTopicCreation, context)),
    ...[...denied].map((name) => ({
      errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED,
      name,
      isInternal: isInternalTopic(name),
    })),
  ];
}

/** The topics that the client may not describe. */
function hidden(
  given: readonly string[],
  nameOf: (given: string) => string | undefined,
  access: Access | undefined,
): ReadonlySet<string> {
  return new Set(
    given.filter((one) => {
      const name = access === undefined ? undefined : nameOf(one);
      return name !== undefined && access?.denies("DESCRIBE", "TOPIC", name) === true;
    }),
  );
}

function found(topic: TopicView | undefined, view: MetadataView): readonly Described[] {
  return topic === undefined ? [] : [describe(topic, view)];
}

function missing(name: string, mayCreate: boolean, { cluster, access }: RequestContext): Described {
  if (
    mayCreate &&
    cluster.autoCreateTopics &&
    access?.deniesCluster("CREATE") === true &&
    access.denies("CREATE", "TOPIC", name)
  )
    return { errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED, name, isInternal: isInternalTopic(name) };
  if (!Topics.isValidName(name)) return { errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION, name };
  if (mayCreate && cluster.autoCreateTopics) cluster.createSoon(name);
  return { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, name, isInternal: isInternalTopic(name) };
}

function describe(topic: TopicView, view: MetadataView): Described {
  const up = new Set(view.brokers().map((broker) => broker.nodeId));
  return {
    errorCode: ErrorCode.NONE,
    name: topic.name,
    topicId: topic.topicId,
    isInternal: isInternalTopic(topic.name),
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

import * as ErrorCode from "../../errors/error-code.ts";
import {
  type DescribeTopicPartitionsRequest,
  type DescribeTopicPartitionsResponse,
  type DescribeTopicPartitionsResponseDescribeTopicPartitionsResponseTopic,
  describeTopicPartitionsApi,
} from "../../protocol/messages/describe-topic-partitions.ts";
import type { Input } from "../../protocol/schema.ts";
import { topicOperations } from "../authorized-operations.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";
import { isInternalTopic } from "../state/internal-topic-names.ts";
import type { MetadataView, PartitionView } from "../state/metadata-view.ts";
import { Topics } from "../state/topics.ts";

type Described = Input<DescribeTopicPartitionsResponseDescribeTopicPartitionsResponseTopic>;

/** The broker's own limit. Java: `max.request.partition.size.limit`. */
const MAX_PARTITIONS = 2000;

/** DescribeTopicPartitions, 0 (KIP-966): metadata in pages, with the eligible leader replicas outside the ISR. */
export function describeTopicPartitions(): AnyHandler {
  return handler({ api: describeTopicPartitionsApi, min: 0, max: 0, handle: serve });
}

function serve(
  request: DescribeTopicPartitionsRequest,
  { cluster, nodeId, access }: RequestContext,
): Input<DescribeTopicPartitionsResponse> {
  const view = cluster.metadataOf(nodeId);
  const { cursor } = request;
  const isAll = request.topics.length === 0;
  const all = isAll ? Array.from(view.topics.all, ({ name }) => name) : request.topics.map(({ name }) => name);
  const isDenied = (name: string): boolean => access?.denies("DESCRIBE", "TOPIC", name) === true;
  const denied = isAll || access === undefined ? [] : [...new Set(all)].filter(isDenied);
  const refused = denied.map((name) => ({ errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED, name, partitions: [] }));
  const visible = access === undefined ? all : all.filter((name) => !isDenied(name));
  const names = [...new Set(visible)].filter((name) => name >= (cursor?.topicName ?? "")).sort();
  const isLost = cursor !== null && (cursor.partitionIndex < 0 || (!isAll && !names.includes(cursor.topicName)));
  if (isLost)
    return {
      topics: request.topics.map(({ name }) => ({ name, errorCode: ErrorCode.INVALID_REQUEST, partitions: [] })),
    };
  let left = Math.max(1, Math.min(MAX_PARTITIONS, request.responsePartitionLimit));
  const topics: Described[] = [];
  for (const name of names) {
    if (left === 0) return { topics: [...topics, ...refused], nextCursor: { topicName: name, partitionIndex: 0 } };
    const topic = view.topics.byName(name);
    if (topic === undefined) {
      topics.push({
        errorCode: Topics.isValidName(name) ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.INVALID_TOPIC_EXCEPTION,
        name,
        isInternal: isInternalTopic(name),
        partitions: [],
        topicAuthorizedOperations: topicOperations(access, name),
      });
      continue;
    }
    const from = name === cursor?.topicName ? cursor.partitionIndex : 0;
    const partitions = topic.partitions.slice(from, from + left);
    topics.push({
      name,
      topicId: topic.topicId,
      isInternal: isInternalTopic(name),
      topicAuthorizedOperations: topicOperations(access, name),
      partitions: partitions.map((partition) => describe(partition, view)),
    });
    left -= partitions.length;
    if (from + partitions.length < topic.partitions.length)
      return {
        topics: [...topics, ...refused],
        nextCursor: { topicName: name, partitionIndex: from + partitions.length },
      };
  }
  return { topics: [...topics, ...refused] };
}

function describe(
  { partition, leaderId, leaderEpoch, replicas, isr, eligibleLeaders, lastLeaderId }: PartitionView,
  view: MetadataView,
): NonNullable<Described["partitions"]>[number] {
  const up = view.brokers().map((broker) => broker.nodeId);
  return {
    partitionIndex: partition,
    leaderId,
    leaderEpoch,
    replicaNodes: replicas,
    isrNodes: isr,
    eligibleLeaderReplicas: eligibleLeaders,
    lastKnownElr: leaderId < 0 && isr.length === 0 ? [lastLeaderId] : [],
    offlineReplicas: replicas.filter((id) => !up.includes(id)),
  };
}

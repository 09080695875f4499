import * as ErrorCode from "../../errors/error-code.ts";
import {
  type DescribeProducersResponsePartitionResponse,
  describeProducersApi,
} from "../../protocol/messages/describe-producers.ts";
import type { Input } from "../../protocol/schema.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";
import { Topics } from "../state/topics.ts";

/** DescribeProducers, 0 (KIP-664): the producers that a partition remembers. */
export function describeProducers(): AnyHandler {
  return handler({
    api: describeProducersApi,
    min: 0,
    max: 0,
    handle: ({ topics }, context) => ({
      topics: topics.map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map((partitionIndex) => describe(name, partitionIndex, context)),
      })),
    }),
  });
}

function describe(
  topic: string,
  partitionIndex: number,
  { cluster, nodeId, access }: RequestContext,
): Input<DescribeProducersResponsePartitionResponse> {
  if (access?.denies("READ", "TOPIC", topic) === true)
    return {
      partitionIndex,
      errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED,
      errorMessage: "Topic authorization failed.",
    };
  if (!Topics.isValidName(topic))
    return { partitionIndex, errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION, errorMessage: Topics.nameError(topic) };
  const found = cluster.topics.byName(topic);
  if (found === undefined)
    return {
      partitionIndex,
      errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      errorMessage: "This server does not host this topic-partition.",
    };
  const log = found.partitions[partitionIndex];
  if (log === undefined) return { partitionIndex, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION };
  if (log.leaderId !== nodeId) return { partitionIndex, errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER };
  return { partitionIndex, activeProducers: log.producers.states.active };
}

import * as ErrorCode from "../../../errors/error-code.ts";
import type { ListedPartitions } from "./assignment.ts";
import { SERVER_ASSIGNORS } from "./server-assignors.ts";

/** The fields of ConsumerGroupHeartbeat, and its sender. */
export interface ConsumerHeartbeat {
  readonly groupId: string;
  readonly memberId: string;
  readonly memberEpoch: number;
  readonly instanceId: string | null;
  readonly rackId: string | null;
  readonly rebalanceTimeoutMs: number;
  readonly subscribedTopicNames: readonly string[] | null;
  readonly subscribedTopicRegex: string | null;
  readonly serverAssignor: string | null;
  readonly topicPartitions: readonly ListedPartitions[] | null;
  readonly clientId: string;
  readonly clientHost: string;
}

/** Why a request is refused, in Kafka's words. */
export interface Refusal {
  readonly errorCode: number;
  readonly errorMessage: string;
}

/** The response to a heartbeat. */
export interface ConsumerHeartbeatAnswer {
  readonly memberId: string;
  readonly memberEpoch: number;
  readonly heartbeatIntervalMs: number;
  /** All partitions that it may have now; null if it knows them already. */
  readonly assignment: { readonly topicPartitions: readonly ListedPartitions[] } | null;
}

/** Makes a refusal. */
export const refused = (errorCode: number, errorMessage: string): Refusal => ({ errorCode, errorMessage });

const LEAVES = -1;
const LEAVES_FOR_A_WHILE = -2;
/** From this version on, members choose their own ids (KIP-1082). */
const OWN_IDS_SINCE = 1;

/** The error of an invalid heartbeat, independent of the group's state. */
export function heartbeatError(request: ConsumerHeartbeat, apiVersion: number): Refusal | undefined {
  const {
    groupId,
    memberId,
    memberEpoch,
    instanceId,
    rackId,
    rebalanceTimeoutMs,
    topicPartitions,
    subscribedTopicNames,
    subscribedTopicRegex,
    serverAssignor,
  } = request;
  const invalid = (message: string): Refusal => refused(ErrorCode.INVALID_REQUEST, message);
  const isBlank = (text: string | null): boolean => text?.trim() === "";
  if ((apiVersion >= OWN_IDS_SINCE || memberEpoch > 0 || memberEpoch === LEAVES) && isBlank(memberId))
    return invalid("MemberId can't be empty.");
  if (isBlank(groupId)) return invalid("GroupId can't be empty.");
  if (isBlank(instanceId)) return invalid("InstanceId can't be empty.");
  if (isBlank(rackId)) return invalid("RackId can't be empty.");
  if (memberEpoch === 0) {
    if (rebalanceTimeoutMs === -1) return invalid("RebalanceTimeoutMs must be provided in first request.");
    if (topicPartitions === null || topicPartitions.length > 0)
      return invalid("TopicPartitions must be empty when (re-)joining.");
    if (subscribedTopicNames === null && subscribedTopicRegex === null)
      return invalid("Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.");
  }
  if (memberEpoch === LEAVES_FOR_A_WHILE && instanceId === null) return invalid("InstanceId can't be null.");
  if (memberEpoch < LEAVES_FOR_A_WHILE) return invalid("MemberEpoch is invalid.");
  if (serverAssignor !== null && !SERVER_ASSIGNORS.includes(serverAssignor))
    return refused(
      ErrorCode.UNSUPPORTED_ASSIGNOR,
      `ServerAssignor ${serverAssignor} is not supported. Supported assignors: ${SERVER_ASSIGNORS.join(", ")}.`,
    );
  return undefined;
}

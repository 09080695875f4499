import type { BrokerNode, LeaderHint } from "../../cluster/metadata.ts";
import { isRetriable, refreshesMetadata } from "../../errors/broker-error.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import type { FetchResponse, FetchResponsePartitionData } from "../../protocol/messages/fetch.ts";

/** What an error code of one partition asks for. */
export type FetchErrorAction = "out-of-range" | "unknown-topic" | "retry" | "fail";

/** Perhaps only this broker has not heard of it yet. */
const UNKNOWN_TOPIC = [
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.UNKNOWN_TOPIC_ID,
  ErrorCode.INCONSISTENT_TOPIC_ID,
];
/** These pass, as a rule. */
const PASSING = [ErrorCode.UNKNOWN_SERVER_ERROR, ErrorCode.OFFSET_NOT_AVAILABLE];

/** What to do about a partition's error. The others of the response are not touched by it. */
export function actionFor(errorCode: number): FetchErrorAction {
  if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) return "out-of-range";
  if (UNKNOWN_TOPIC.includes(errorCode)) return "unknown-topic";
  return isRetriable(errorCode) || refreshesMetadata(errorCode) || PASSING.includes(errorCode) ? "retry" : "fail";
}

/** The new leader that a partition's answer names (KIP-951). */
export function fetchLeaderHint(
  response: FetchResponse,
  topic: string,
  partition: FetchResponsePartitionData,
): LeaderHint | undefined {
  const { leaderId, leaderEpoch } = partition.currentLeader;
  if (leaderId < 0) return undefined;
  const endpoint = response.nodeEndpoints.find((candidate) => candidate.nodeId === leaderId);
  const node: BrokerNode | undefined =
    endpoint === undefined
      ? undefined
      : { nodeId: endpoint.nodeId, host: endpoint.host, port: endpoint.port, rack: endpoint.rack };
  return { topic, partition: partition.partitionIndex, leaderId, leaderEpoch, ...(node === undefined ? {} : { node }) };
}

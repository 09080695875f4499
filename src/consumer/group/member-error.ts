import { isRetriable } from "../../errors/broker-error.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import type { KafkaError } from "../../errors/kafka-error.ts";

/**
 * The reaction to a failed request of a member: `again` (repeat later), `elsewhere` (look up the coordinator again),
 * `rebalance` (join), `unknown` (the group does not know the member: join with a new id), `behind` (the group went on
 * without it: join with the same id), `fenced` (another instance took its place), `fatal`.
 */
export type MemberErrorKind = "again" | "elsewhere" | "rebalance" | "unknown" | "behind" | "fenced" | "fatal";

export function memberErrorKind(error: KafkaError): MemberErrorKind {
  switch (error.code) {
    case undefined:
      return error.retriable || error.kind === "connection" || error.kind === "timeout" || error.kind === "closed"
        ? "elsewhere"
        : "fatal";
    case ErrorCode.COORDINATOR_LOAD_IN_PROGRESS:
      return "again";
    case ErrorCode.COORDINATOR_NOT_AVAILABLE:
    case ErrorCode.NOT_COORDINATOR:
      return "elsewhere";
    case ErrorCode.REBALANCE_IN_PROGRESS:
      return "rebalance";
    case ErrorCode.UNKNOWN_MEMBER_ID:
      return "unknown";
    case ErrorCode.ILLEGAL_GENERATION:
    case ErrorCode.FENCED_MEMBER_EPOCH:
    case ErrorCode.STALE_MEMBER_EPOCH:
      return "behind";
    case ErrorCode.FENCED_INSTANCE_ID:
      return "fenced";
    default:
      return isRetriable(error.code) ? "again" : "fatal";
  }
}

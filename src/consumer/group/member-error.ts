import { isRetriable } from "../../errors/broker-error.ts";
import type { KafkaError } from "../../errors/kafka-error.ts";

/** The broker's codes that mean something of their own to a member of a group. */
export const CODES = {
  COORDINATOR_LOAD_IN_PROGRESS: 14,
  COORDINATOR_NOT_AVAILABLE: 15,
  NOT_COORDINATOR: 16,
  ILLEGAL_GENERATION: 22,
  INCONSISTENT_GROUP_PROTOCOL: 23,
  UNKNOWN_MEMBER_ID: 25,
  REBALANCE_IN_PROGRESS: 27,
  GROUP_ID_NOT_FOUND: 69,
  MEMBER_ID_REQUIRED: 79,
  FENCED_INSTANCE_ID: 82,
  FENCED_MEMBER_EPOCH: 110,
  UNRELEASED_INSTANCE_ID: 111,
  STALE_MEMBER_EPOCH: 113,
} as const;

/**
 * What a failed request of a member asks for: `again` (later, the same), `elsewhere` (the coordinator is to be looked for
 * again), `rebalance` (join), `unknown` (the group does not know the member: begin anew), `behind` (the group went on without
 * it: begin anew under the same id), `fenced` (another took its place), `fatal`.
 */
export type MemberErrorKind = "again" | "elsewhere" | "rebalance" | "unknown" | "behind" | "fenced" | "fatal";

export function memberErrorKind(error: KafkaError): MemberErrorKind {
  switch (error.code) {
    case undefined:
      return error.retriable || error.kind === "connection" || error.kind === "timeout" || error.kind === "closed" ? "elsewhere" : "fatal";
    case CODES.COORDINATOR_LOAD_IN_PROGRESS:
      return "again";
    case CODES.COORDINATOR_NOT_AVAILABLE:
    case CODES.NOT_COORDINATOR:
      return "elsewhere";
    case CODES.REBALANCE_IN_PROGRESS:
      return "rebalance";
    case CODES.UNKNOWN_MEMBER_ID:
      return "unknown";
    case CODES.ILLEGAL_GENERATION:
    case CODES.FENCED_MEMBER_EPOCH:
    case CODES.STALE_MEMBER_EPOCH:
      return "behind";
    case CODES.FENCED_INSTANCE_ID:
      return "fenced";
    default:
      return isRetriable(error.code) ? "again" : "fatal";
  }
}

import * as ErrorCode from "../errors/error-code.ts";
import { KafkaError } from "../errors/kafka-error.ts";

/**
 * What to do when a transaction was not committed: read its records again, at once (the group has changed) or after a
 * while, or end.
 */
export type AfterFailure = "again" | "later" | "end";

/** The group has gone on. */
const REBALANCED = [
  ErrorCode.ILLEGAL_GENERATION,
  ErrorCode.UNKNOWN_MEMBER_ID,
  ErrorCode.REBALANCE_IN_PROGRESS,
  ErrorCode.FENCED_MEMBER_EPOCH,
  ErrorCode.STALE_MEMBER_EPOCH,
];
/** Not retriable as requests, but the next transaction may well succeed. */
const PASSING = [
  ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
  ErrorCode.INVALID_TXN_STATE,
  ErrorCode.CONCURRENT_TRANSACTIONS,
  ErrorCode.OPERATION_NOT_ATTEMPTED,
  ErrorCode.UNKNOWN_PRODUCER_ID,
];

/**
 * What a failure asks for. Pure. A transaction that cannot be committed is not the end, unless its reason would be the
 * same the next time: a record that the topic refuses, say, or a permission that is not there.
 */
export function afterFailure(error: KafkaError): AfterFailure {
  const reason = reasonOf(error);
  if (reason.code !== undefined && REBALANCED.includes(reason.code)) return "again";
  switch (reason.kind) {
    case "abortable":
    case "timeout":
    case "connection":
    case "buffer-full":
      return "later";
    case "broker":
      return reason.retriable || (reason.code !== undefined && PASSING.includes(reason.code)) ? "later" : "end";
    case "fenced":
    case "authentication":
    case "authorization":
    case "config":
    case "serialization":
    case "corrupt":
    case "unsupported":
    case "protocol":
    case "internal":
    case "cancelled":
    case "closed":
      return "end";
  }
}

/** What lies behind `abortable`: the request that failed. */
function reasonOf(error: KafkaError): KafkaError {
  return error.kind === "abortable" && KafkaError.is(error.cause) ? reasonOf(error.cause) : error;
}

import * as ErrorCode from "../errors/error-code.ts";
import { KafkaError } from "../errors/kafka-error.ts";

/**
 * The next step after a transaction that was not committed: read its records again at once (the group has rebalanced),
 * read them again later, or end.
 */
export type AfterFailure = "again" | "later" | "end";

/** Errors that mean that the group has rebalanced. */
const REBALANCED = [
  ErrorCode.ILLEGAL_GENERATION,
  ErrorCode.UNKNOWN_MEMBER_ID,
  ErrorCode.REBALANCE_IN_PROGRESS,
  ErrorCode.FENCED_MEMBER_EPOCH,
  ErrorCode.STALE_MEMBER_EPOCH,
];
/** The request must not be retried, but the next transaction may succeed. */
const PASSING = [
  ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
  ErrorCode.INVALID_TXN_STATE,
  ErrorCode.CONCURRENT_TRANSACTIONS,
  ErrorCode.OPERATION_NOT_ATTEMPTED,
  ErrorCode.UNKNOWN_PRODUCER_ID,
];

/**
 * Decides what to do after a failure. Pure. The loop continues after a failed transaction, unless the same would happen
 * again: for example, if the topic refuses a record, or a permission is missing.
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

/** The error behind kind `abortable`: that of the request that failed. */
function reasonOf(error: KafkaError): KafkaError {
  return error.kind === "abortable" && KafkaError.is(error.cause) ? reasonOf(error.cause) : error;
}

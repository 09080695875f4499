import * as ErrorCode from "../../errors/error-code.ts";
import { detailsOf, KafkaError } from "../../errors/kafka-error.ts";
import { abortable, type OpenTransaction, type TransactionProtocol } from "./transaction-state.ts";

/** Another producer has the transactional id. Older brokers return INVALID_PRODUCER_EPOCH for it. */
const FENCED = [ErrorCode.INVALID_PRODUCER_EPOCH, ErrorCode.PRODUCER_FENCED];
/** This client may not write under this id. */
const FORBIDDEN = [ErrorCode.CLUSTER_AUTHORIZATION_FAILED, ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED];
/** The coordinator has forgotten the producer and its transaction. */
const FORGOTTEN = [ErrorCode.INVALID_PRODUCER_ID_MAPPING, ErrorCode.UNKNOWN_PRODUCER_ID];
/**
 * Errors about the whole request: the coordinator moved or is busy, or the producer was fenced, forgotten or forbidden.
 */
const OF_THE_COORDINATOR = [
  ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
  ErrorCode.COORDINATOR_NOT_AVAILABLE,
  ErrorCode.NOT_COORDINATOR,
  ErrorCode.CLUSTER_AUTHORIZATION_FAILED,
  ErrorCode.INVALID_PRODUCER_EPOCH,
  ErrorCode.INVALID_PRODUCER_ID_MAPPING,
  ErrorCode.CONCURRENT_TRANSACTIONS,
  ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
  ErrorCode.UNKNOWN_PRODUCER_ID,
  ErrorCode.PRODUCER_FENCED,
];

/** Whether the producer can never write again under its epoch. */
export function isFatal({ kind, code }: KafkaError): boolean {
  return kind !== "abortable" && code !== undefined && (FENCED.includes(code) || FORBIDDEN.includes(code));
}

/** Whether the coordinator has forgotten the producer and its transaction. */
export function isForgotten(code: number): boolean {
  return FORGOTTEN.includes(code);
}

/** Whether the coordinator returns this error for all partitions of a request alike. */
export function isOfTheCoordinator(code: number): boolean {
  return OF_THE_COORDINATOR.includes(code);
}

/**
 * Converts an error of Produce or TxnOffsetCommit into the error of the transaction. With protocol 2, a refused epoch
 * only says that the coordinator has ended the transaction: because it timed out, or because another producer uses the
 * transactional id. The response to EndTxn (abort) tells which: after a timeout it contains the next epoch (KIP-890).
 * With protocol 1, the coordinator fences the producer in both cases.
 */
export function failureOfWrite(error: KafkaError, protocol: TransactionProtocol): KafkaError {
  if (protocol !== 2 || error.code !== ErrorCode.INVALID_PRODUCER_EPOCH) return error;
  const why =
    "the coordinator has aborted the transaction, because transactionTimeoutMs has passed or another producer uses " +
    "the transactional id";
  return new KafkaError("abortable", `${error.message}: ${why}; abort() reports which`, detailsOf(error));
}

/**
 * The error for a producer that can no longer be used. `late` says that its transaction was open for too long, if that
 * may be the reason.
 */
export function fatalError(cause: KafkaError, transactionalId: string, late: string | undefined): KafkaError {
  const isForbidden = cause.kind === "authorization";
  const why = isForbidden
    ? `this client may not write transactions as ${transactionalId}: give its principal Write on the transactional id`
    : (late ?? `another producer with transactional id ${transactionalId} has taken over`);
  const whatNow = "Nothing of the transaction will be visible; close this producer, and create another to continue";
  const details = { ...detailsOf(cause), cause, retriable: false };
  return new KafkaError(isForbidden ? "authorization" : "fenced", `${why}. ${whatNow} (${cause.message})`, details);
}

/** The limits of a transaction. */
interface Limits {
  readonly transactionalId: string;
  readonly transactionTimeoutMs: number;
}

/** Says that a transaction was open for too long; undefined if it was not. */
export function timedOut(transaction: OpenTransaction | undefined, limits: Limits, nowMs: number): string | undefined {
  const { transactionalId, transactionTimeoutMs } = limits;
  const openMs = transaction === undefined ? 0 : nowMs - transaction.sinceMs;
  if (openMs < transactionTimeoutMs) return undefined;
  const limit =
    `the coordinator aborts after transactionTimeoutMs (${transactionTimeoutMs} ms): make transactions shorter or ` +
    "raise it";
  return `the transaction of ${transactionalId} was open for ${Math.round(openMs)} ms, and ${limit}`;
}

/** The error of an abort() that found the transaction committed by a commit whose response was lost. */
export function committedAlready(error: KafkaError): KafkaError {
  const what = "the transaction is committed already, by the commit whose response was lost: its records are visible";
  const details = { ...detailsOf(error), cause: error, outcome: "written" } as const;
  return new KafkaError("broker", `${what}. The producer can begin the next one`, details);
}

/** The error if no coordinator confirmed that the transaction was ended. */
export function unanswered(error: KafkaError, isCommitSent: boolean): KafkaError {
  const what = isCommitSent
    ? "it is unknown whether the transaction was committed: call commit() again, or abort(), which reports the outcome"
    : "it is unknown whether the transaction was aborted: call abort() again, or close the producer; the coordinator " +
      "aborts it after transactionTimeoutMs";
  const outcome = isCommitSent ? "indefinite" : "notWritten";
  // If a signal or close() ended the wait, keep that kind; every other failure until the deadline is a timeout.
  const kind = error.kind === "cancelled" || error.kind === "closed" ? error.kind : "timeout";
  return new KafkaError(kind, `${what} (${error.message})`, { ...detailsOf(error), cause: error, outcome });
}

/** The error for a record that an abort dropped: it was not written and stays invisible. */
export function droppedError(): KafkaError {
  return new KafkaError("abortable", "the transaction was aborted: the record was not sent", { outcome: "notWritten" });
}

/** A user who ends the wait also loses the transaction, because it may lack what the wait was for. */
export function asFailure(error: unknown): KafkaError {
  const failure = KafkaError.from(error);
  return failure.kind === "cancelled" ? abortable(failure) : failure;
}

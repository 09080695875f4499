import * as ErrorCode from "../../errors/error-code.ts";
import { detailsOf, KafkaError } from "../../errors/kafka-error.ts";
import { abortable, type OpenTransaction, type TransactionProtocol } from "./transaction-state.ts";

/** Another instance took the transactional id. Old brokers say INVALID_PRODUCER_EPOCH. */
const FENCED = [ErrorCode.INVALID_PRODUCER_EPOCH, ErrorCode.PRODUCER_FENCED];
/** Nothing can be written under this id. */
const FORBIDDEN = [ErrorCode.CLUSTER_AUTHORIZATION_FAILED, ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED];
/** The coordinator has forgotten the producer and its transaction. */
const FORGOTTEN = [ErrorCode.INVALID_PRODUCER_ID_MAPPING, ErrorCode.UNKNOWN_PRODUCER_ID];
/**
 * About the whole request: the coordinator is elsewhere or busy, or the producer was fenced, forgotten or forbidden.
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

/** Whether the producer may never write again under its epoch. */
export function isFatal({ kind, code }: KafkaError): boolean {
  return kind !== "abortable" && code !== undefined && (FENCED.includes(code) || FORBIDDEN.includes(code));
}

/** Whether the coordinator knows neither the producer nor its transaction any more. */
export function isForgotten(code: number): boolean {
  return FORGOTTEN.includes(code);
}

/** Whether all partitions of a request to the coordinator have this error alike. */
export function isOfTheCoordinator(code: number): boolean {
  return OF_THE_COORDINATOR.includes(code);
}

/**
 * What an error of Produce or TxnOffsetCommit means for the transaction. On protocol 2 a refused epoch only says that
 * the coordinator has ended the transaction: because its time was over, or for another producer with the same
 * transactional id. The answer to EndTxn (abort) tells which: after a timeout it brings the next epoch (KIP-890).
 * On protocol 1 the coordinator fences the producer in both cases.
 */
export function failureOfWrite(error: KafkaError, protocol: TransactionProtocol): KafkaError {
  if (protocol !== 2 || error.code !== ErrorCode.INVALID_PRODUCER_EPOCH) return error;
  const why =
    "the coordinator has aborted the transaction, since transactionTimeoutMs was over or another producer has " +
    "the transactional id";
  return new KafkaError("abortable", `${error.message}: ${why}; abort() tells which`, detailsOf(error));
}

/** Why a producer is of no use any more. `late` says that its transaction was open for too long, if that may be why. */
export function fatalError(cause: KafkaError, transactionalId: string, late: string | undefined): KafkaError {
  const isForbidden = cause.kind === "authorization";
  const why = isForbidden
    ? `this client may not write transactions as ${transactionalId}: give its principal Write on the transactional id`
    : (late ?? `another producer with transactional id ${transactionalId} has taken over`);
  const whatNow = "Nothing of the transaction will be visible; close this producer, and make another if it is to go on";
  const details = { ...detailsOf(cause), cause, retriable: false };
  return new KafkaError(isForbidden ? "authorization" : "fenced", `${why}. ${whatNow} (${cause.message})`, details);
}

/** What limits a transaction. */
interface Limits {
  readonly transactionalId: string;
  readonly transactionTimeoutMs: number;
}

/** What to say of a transaction that was open for too long; undefined where it was not. */
export function timedOut(transaction: OpenTransaction | undefined, limits: Limits, nowMs: number): string | undefined {
  const { transactionalId, transactionTimeoutMs } = limits;
  const openMs = transaction === undefined ? 0 : nowMs - transaction.sinceMs;
  if (openMs < transactionTimeoutMs) return undefined;
  const limit =
    `the coordinator aborts after transactionTimeoutMs (${transactionTimeoutMs} ms): make transactions shorter or ` +
    "raise it";
  return `the transaction of ${transactionalId} was open for ${Math.round(openMs)} ms, and ${limit}`;
}

/** What abort() found, after a commit whose answer was lost. */
export function committedAlready(error: KafkaError): KafkaError {
  const what =
    "the transaction had been committed already, by the commit whose answer did not come: its records are visible";
  const details = { ...detailsOf(error), cause: error, outcome: "written" } as const;
  return new KafkaError("broker", `${what}. The producer can begin the next one`, details);
}

/** No coordinator said whether it ended the transaction. */
export function unanswered(error: KafkaError, isCommitSent: boolean): KafkaError {
  const what = isCommitSent
    ? "whether the transaction was committed is unknown: call commit() again, or abort(), which tells"
    : "the transaction was not seen to be aborted: call abort() again, or close the producer; the coordinator " +
      "aborts it after transactionTimeoutMs";
  const outcome = isCommitSent ? "indefinite" : "notWritten";
  // A signal or close() that ended the wait says so; whatever else failed until the deadline is a matter of time.
  const kind = error.kind === "cancelled" || error.kind === "closed" ? error.kind : "timeout";
  return new KafkaError(kind, `${what} (${error.message})`, { ...detailsOf(error), cause: error, outcome });
}

/** What was dropped by an abort was not written, and nobody will see it. */
export function droppedError(): KafkaError {
  return new KafkaError("abortable", "the transaction was aborted: the record was not sent", { outcome: "notWritten" });
}

/** A wait that the user ended loses the transaction as well: what it waited for may not be part of it. */
export function asFailure(error: unknown): KafkaError {
  const failure = KafkaError.from(error);
  return failure.kind === "cancelled" ? abortable(failure) : failure;
}

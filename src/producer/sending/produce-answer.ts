import { brokerError, isRetriable, refreshesMetadata } from "../../errors/broker-error.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { counted } from "../../errors/counted.ts";
import { detailsOf, KafkaError } from "../../errors/kafka-error.ts";
import { type BatchFate, WRITTEN_SOMEWHERE } from "../partition/batch.ts";

/** The consequence of a broker's response for one batch. */
export type ProduceVerdict =
  | { readonly name: "written"; readonly fate: BatchFate }
  /** It is sent again. `refreshes`: metadata is out of date. `isUnsure`: it may have been written. */
  | { readonly name: "retry"; readonly error: KafkaError; readonly refreshes: boolean; readonly isUnsure: boolean }
  /** The broker lost the sequence: the batch is sent again under a new epoch. */
  | { readonly name: "restart"; readonly error: KafkaError }
  /** It is too large: its records are sent again as two batches. */
  | { readonly name: "split"; readonly error: KafkaError }
  /** The broker refused these records of it; the others are sent again. */
  | { readonly name: "refused-records"; readonly refused: ReadonlySet<number>; readonly error: KafkaError }
  /** The broker has written a later batch of the partition. */
  | { readonly name: "overtaken"; readonly error: KafkaError }
  /** It will never be written, or it is unknown whether it was. */
  | { readonly name: "failed"; readonly error: KafkaError };

/** The part of the response that is about the batch. */
export interface ProduceAnswer {
  readonly errorCode: number;
  readonly errorMessage: string | null;
  readonly baseOffset: number;
  readonly logAppendTimeMs: number;
  readonly logStartOffset: number;
  readonly recordErrors: readonly { readonly batchIndex: number; readonly batchIndexErrorMessage: string | null }[];
}

/** The facts about the batch. */
export interface AnsweredBatch {
  readonly topic: string;
  readonly partition: number;
  readonly count: number;
  readonly attempts: number;
  /** It has sequence numbers. */
  readonly isNumbered: boolean;
  /** An earlier try may have been written. */
  readonly isUnsure: boolean;
  readonly isOvertaken: boolean;
  readonly maxTimestamp: number;
  /** An earlier batch is not acknowledged. */
  readonly isBehind: boolean;
  /** The partition already needs a new epoch. */
  readonly mustRestart: boolean;
  /** Converts an error into the transaction's; undefined without transactions. */
  readonly inTransaction: ((error: KafkaError) => KafkaError) | undefined;
}

/**
 * The codes that mean more than "retriable or not"; for all others, Kafka's own table decides.
 *
 * - `written`: the broker has the batch. Of a duplicate it may have forgotten the offset.
 * - `sequence`: the broker expects another sequence number.
 * - `ambiguous`: the batch may have been written in spite of the error.
 * - `too-large`: it exceeds the limit of the topic, or of a segment.
 */
const MEANINGS: ReadonlyMap<number, "written" | "sequence" | "ambiguous" | "too-large"> = new Map([
  [ErrorCode.NONE, "written"],
  [ErrorCode.DUPLICATE_SEQUENCE_NUMBER, "written"],
  [ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, "sequence"],
  [ErrorCode.INVALID_PRODUCER_EPOCH, "sequence"],
  [ErrorCode.INVALID_PRODUCER_ID_MAPPING, "sequence"],
  [ErrorCode.UNKNOWN_PRODUCER_ID, "sequence"],
  [ErrorCode.REQUEST_TIMED_OUT, "ambiguous"],
  [ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND, "ambiguous"],
  [ErrorCode.UNKNOWN_SERVER_ERROR, "ambiguous"],
  [ErrorCode.MESSAGE_TOO_LARGE, "too-large"],
  [ErrorCode.RECORD_LIST_TOO_LARGE, "too-large"],
]);

/**
 * Decides what to do with a batch after the response. `answer` is undefined if the response does not mention the batch.
 */
export function produceVerdict(answer: ProduceAnswer | undefined, batch: AnsweredBatch): ProduceVerdict {
  const { topic, partition } = batch;
  if (answer === undefined)
    return {
      name: "retry",
      error: new KafkaError("protocol", `the broker's response does not mention ${topic}-${partition}`, {
        retriable: true,
        outcome: "indefinite",
      }),
      refreshes: false,
      isUnsure: true,
    };
  const { errorCode } = answer;
  const meaning = MEANINGS.get(errorCode);
  if (meaning === "written") return written(answer, batch);
  const detail = answer.errorMessage === null ? "" : ` (${answer.errorMessage})`;
  const what = `cannot write ${counted(batch.count, "record")} to ${topic}-${partition}${detail}`;
  const answered = brokerError(errorCode, what, { topic, partition });
  const error = batch.inTransaction?.(answered) ?? answered;
  if (meaning === "sequence" && batch.isNumbered) return sequenceLost(error, batch);
  const isUnsure = batch.isUnsure || meaning === "ambiguous";
  if (!isRetriable(errorCode)) return refused(answer, error, meaning === "too-large", { ...batch, isUnsure });
  return { name: "retry", error, refreshes: refreshesMetadata(errorCode), isUnsure };
}

/**
 * For a duplicate, Kafka returns the batch's own greatest timestamp as the append time, even if records keep their own
 * timestamps. Such a value is ignored.
 */
function written(answer: ProduceAnswer, { attempts, maxTimestamp }: AnsweredBatch): ProduceVerdict {
  if (answer.errorCode !== 0) return { name: "written", fate: WRITTEN_SOMEWHERE };
  const { baseOffset, logAppendTimeMs, logStartOffset } = answer;
  const appendTimestamp = attempts > 1 && logAppendTimeMs === maxTimestamp ? -1 : logAppendTimeMs;
  return { name: "written", fate: { baseOffset, appendTimestamp, logStartOffset, error: undefined } };
}

/**
 * The broker expects another sequence. That is normal behind a batch that is not written yet: this one is sent again
 * after it. Otherwise the broker lost the producer's state (by retention or truncation). The batch is then sent again
 * under a new epoch, unless an earlier try of it may have been written.
 */
function sequenceLost(error: KafkaError, batch: AnsweredBatch): ProduceVerdict {
  if (batch.isOvertaken) return { name: "overtaken", error };
  const failed: ProduceVerdict = { name: "failed", error: batch.isUnsure ? indefinite(batch, error) : error };
  const retry: ProduceVerdict = { name: "retry", error, refreshes: false, isUnsure: batch.isUnsure };
  const isExpected = error.code === ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER && batch.isBehind;
  // A transaction is all or nothing: it cannot continue under a new epoch.
  if (batch.inTransaction !== undefined && !isExpected) return failed;
  if (batch.isBehind || batch.mustRestart) return retry;
  return batch.isUnsure ? failed : { name: "restart", error };
}

/** The broker will never write this batch, but may write a smaller one, or one without some of the records. */
function refused(
  { errorCode, recordErrors }: ProduceAnswer,
  error: KafkaError,
  isTooLarge: boolean,
  batch: AnsweredBatch,
): ProduceVerdict {
  const { count, topic, partition } = batch;
  if (isTooLarge && count > 1) return { name: "split", error };
  if (batch.isUnsure)
    return {
      name: "failed",
      error: new KafkaError(error.kind, `${error.message}; an earlier try may have been written nevertheless`, {
        ...detailsOf(error),
        cause: error,
        outcome: "indefinite",
      }),
    };
  const refused = new Set(recordErrors.map(({ batchIndex }) => batchIndex).filter((i) => i >= 0 && i < count));
  if (refused.size === 0 || refused.size === count) return { name: "failed", error };
  const reasons = [...new Set(recordErrors.map(({ batchIndexErrorMessage }) => batchIndexErrorMessage))]
    .filter((reason) => reason !== null)
    .slice(0, 3);
  const what = `cannot write ${refused.size} of ${count} records to ${topic}-${partition}: ${reasons.join("; ")}`;
  return { name: "refused-records", refused, error: brokerError(errorCode, what, { topic, partition }) };
}

/** The error of a batch of which it is unknown whether it was written. */
export function indefinite(
  { count, topic, partition }: Pick<AnsweredBatch, "count" | "topic" | "partition">,
  cause: KafkaError | undefined,
): KafkaError {
  const last = cause === undefined ? "" : `; the last error was: ${cause.message}`;
  return new KafkaError(
    "timeout",
    `it is unknown whether ${counted(count, "record was", "records were")} written to ${topic}-${partition}: no ` +
      `response confirmed it, and sending them again could write them twice${last}`,
    { cause, outcome: "indefinite", topic, partition },
  );
}

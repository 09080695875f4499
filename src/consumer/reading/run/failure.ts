import { KafkaError } from "../../../errors/kafka-error.ts";
import { inWords } from "../../../errors/words.ts";
import type { KafkaRecord } from "../../../records/record.ts";
import { backoffMs } from "../../../runtime/backoff.ts";
import type { LogEntry } from "../../../runtime/platform.ts";
import { asItLies, type RawRecord } from "../../partitions/as-it-lies.ts";
import type { TopicPartition } from "../../../cluster/topic-partition.ts";

/** A record whose callback failed at its last try. It has the fields of a `Poison`, so `deadLetter` takes both. */
export interface FailedRecord extends RawRecord {
  /** The error that the callback threw, or its promise rejected with, at the last try. */
  readonly error: unknown;
  /** The number of calls of the callback for this record. */
  readonly attempts: number;
}

/**
 * Handles a record whose callback failed at its last try. When it resolves, the record counts as processed. If it
 * rejects, throws, or returns `"throw"`, `"fail"` or false, run() rejects and the record is not committed.
 */
export type FailedHandler = (failed: FailedRecord) => PromiseLike<unknown>;

/**
 * The handling of a record without retries left: run() rejects, the record is skipped with a warning, or a function is
 * called first.
 */
export type OnFailed = "throw" | "skip" | FailedHandler;

/** The settings of `run` for failed callbacks. */
export interface FailureSettings {
  readonly retries: number;
  readonly retryBackoffMs: number;
  readonly retryBackoffMaxMs: number;
  readonly onFailed: OnFailed;
}

/** The default: the first failure ends the run. */
export const NO_RETRIES: FailureSettings = Object.freeze({
  retries: 0,
  retryBackoffMs: 0,
  retryBackoffMaxMs: 0,
  onFailed: "throw",
});

/**
 * The wait before the next try in ms, after try number `attempt` (from 1) has failed; undefined if no retry is left.
 * Pure; 0 ≤ random < 1.
 */
export function waitBeforeRetry(
  attempt: number,
  { retries, retryBackoffMs: baseMs, retryBackoffMaxMs: maxMs }: FailureSettings,
  random: number,
): number | undefined {
  return attempt > retries ? undefined : backoffMs({ baseMs, maxMs, attempt: attempt - 1, random });
}

/** The records of a failed callback: one, or those of a batch. */
export interface Failure<K, V> extends TopicPartition {
  readonly what: "record" | "batch";
  readonly offset: number;
  readonly lastOffset: number;
  readonly records: Iterable<KafkaRecord<K, V>>;
}

/**
 * Skips the records of a callback that has no retries left, as `onFailed` says. The records of a batch go to the
 * handler one by one, because each can be read and handled alone: it is called in order, and all its promises are
 * awaited together. Rejects with the error that ends the run: then no record counts as processed.
 */
export async function passFailed<K, V>(
  failure: Failure<K, V>,
  error: unknown,
  attempts: number,
  onFailed: "skip" | FailedHandler,
  log: (level: LogEntry["level"], message: string, fields: LogEntry["fields"]) => void,
): Promise<void> {
  const { what, topic, partition, offset, lastOffset, records } = failure;
  const reason = KafkaError.from(error).message;
  const tries = attempts === 1 ? "1 time" : `${attempts} times, the last time`;
  if (onFailed !== "skip") {
    try {
      await handleAll(records, error, attempts, onFailed);
    } catch (thrown) {
      const cause = KafkaError.from(thrown);
      const where =
        `${topic}-${partition}: the callback for the ${what} at offset ${offset} ` + `failed ${tries} with: ${reason}`;
      throw new KafkaError(cause.kind, `${where}; and onFailed could not handle it: ${cause.message}`, {
        cause,
        topic,
        partition,
        offset,
      });
    }
  }
  const which = lastOffset > offset ? `offsets ${offset} to ${lastOffset} are` : `offset ${offset} is`;
  log(
    "warn",
    `${topic}-${partition}: ${which} ${onFailed === "skip" ? "skipped" : "passed to onFailed and skipped"}: ` +
      `the callback failed ${tries} with: ${reason}`,
    { topic, partition, offset, lastOffset, attempts },
  );
}

async function handleAll<K, V>(
  records: Iterable<KafkaRecord<K, V>>,
  error: unknown,
  attempts: number,
  handler: FailedHandler,
): Promise<void> {
  const calls: Promise<void>[] = [];
  for (const record of records) calls.push(handle({ ...asItLies(record), error, attempts }, handler));
  // Waits for all, also after one has failed: no handler may still run after the end of the run.
  const results = await Promise.allSettled(calls);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

async function handle(failed: FailedRecord, handler: FailedHandler): Promise<void> {
  const decision = await handler(failed);
  // A handler that returns one of these wants the run to end.
  if (decision === "throw" || decision === "fail" || decision === false)
    throw new KafkaError("config", `it returned ${inWords(decision)}; to end the run it must throw`);
}

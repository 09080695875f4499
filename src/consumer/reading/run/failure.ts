import { KafkaError } from "../../../errors/kafka-error.ts";
import { inWords } from "../../../errors/words.ts";
import type { KafkaRecord } from "../../../records/record.ts";
import { backoffMs } from "../../../runtime/backoff.ts";
import type { LogEntry } from "../../../runtime/platform.ts";
import { asItLies, type RawRecord } from "../../partitions/as-it-lies.ts";
import type { TopicPartition } from "../../../cluster/topic-partition.ts";

/** A record whose callback failed at its last try. It has the fields of a `Poison`, so `deadLetter` takes both. */
export interface FailedRecord extends RawRecord {
  /** What the callback threw, or its promise rejected with, at the last try. */
  readonly error: unknown;
  /** How often the callback was called for this record. */
  readonly attempts: number;
}

/**
 * Deals with a record whose callback failed at its last try. When it settles, the record counts as processed. When
 * it rejects, throws, or returns `"throw"`, `"fail"` or false, run() rejects and the record is not committed.
 */
export type FailedHandler = (failed: FailedRecord) => PromiseLike<unknown>;

/**
 * What happens to a record whose retries are used up: run() rejects, or
 * the record is skipped with a warning, or handed to a function first.
 */
export type OnFailed = "throw" | "skip" | FailedHandler;

/** What `run` does when a callback fails: its options with their defaults. */
export interface FailureSettings {
  readonly retries: number;
  readonly retryBackoffMs: number;
  readonly retryBackoffMaxMs: number;
  readonly onFailed: OnFailed;
}

/** As long as run() is not told otherwise, the first failure ends it. */
export const NO_RETRIES: FailureSettings = Object.freeze({
  retries: 0,
  retryBackoffMs: 0,
  retryBackoffMaxMs: 0,
  onFailed: "throw",
});

/**
 * How many ms to wait before the next try, after try number `attempt`
 * (from 1) failed; undefined where no retry is left. Pure; 0 ≤ random < 1.
 */
export function waitBeforeRetry(
  attempt: number,
  { retries, retryBackoffMs: baseMs, retryBackoffMaxMs: maxMs }: FailureSettings,
  random: number,
): number | undefined {
  return attempt > retries ? undefined : backoffMs({ baseMs, maxMs, attempt: attempt - 1, random });
}

/** The records whose callback failed: one of them, or those of a batch. */
export interface Failure<K, V> extends TopicPartition {
  readonly what: "record" | "batch";
  readonly offset: number;
  readonly lastOffset: number;
  readonly records: Iterable<KafkaRecord<K, V>>;
}

/**
 * Passes over what failed for good, as `onFailed` says. A batch's records go to the handler
 * one by one, since each was readable and can be dealt with alone: called in order, awaited
 * together. Rejects with what ends the run: then nothing of it counts as processed.
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
      throw new KafkaError(cause.kind, `${where}; and onFailed could not deal with it: ${cause.message}`, {
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
    `${topic}-${partition}: ${which} ${onFailed === "skip" ? "skipped" : "handed to onFailed and passed over"}: ` +
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
  // All of them, also after one has failed: what a handler still does must not go on behind the end of the run.
  const results = await Promise.allSettled(calls);
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

async function handle(failed: FailedRecord, handler: FailedHandler): Promise<void> {
  const decision = await handler(failed);
  // A handler that returns one of these wants the run to end.
  if (decision === "throw" || decision === "fail" || decision === false)
    throw new KafkaError("config", `it returned ${inWords(decision)}; to end the run it must throw`);
}

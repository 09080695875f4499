import { wholeNumber } from "../../../cluster/options.ts";
import { KafkaError } from "../../../errors/kafka-error.ts";
import { anything, callback, errorOf, shape, signal } from "../../../errors/shape.ts";
import { inWords } from "../../../errors/words.ts";
import type { KafkaRecord } from "../../../records/record.ts";
import type { AbortSignalLike } from "../../../runtime/cancellation.ts";
import type { ConsumedBatch } from "../consumed-batch.ts";
import type { Batches } from "./batch-lane.ts";
import type { FailureSettings, OnFailed } from "./failure.ts";
import type { RunContext } from "./runner.ts";

/** Options of both kinds of {@link RunOptions}. */
export interface RunBaseOptions {
  /**
   * The number of callbacks that may run at a time, over all partitions. Default 1, as in a loop: more only if your
   * code may run in parallel with itself.
   */
  readonly concurrency?: number;
  /** Ends the run with an error of kind `cancelled` when the running callbacks have ended. Default: none. */
  readonly signal?: AbortSignalLike;
  /**
   * How often a failed callback is called again for the same record or batch. Default 0: the first failure is the last.
   * Meanwhile later records of the same key or partition (`orderBy`) wait; others continue, and no commit passes the
   * failed record. For `maxPollIntervalMs` all its tries together count as one callback. A close, the `signal`, a seek,
   * and a revoke end the wait: the record is not committed and is read again. Java has none; Spring Kafka:
   * `DefaultErrorHandler`.
   */
  readonly retries?: number;
  /**
   * The wait before the first retry, in ms. It doubles with each further retry up to `retryBackoffMaxMs`, and varies by
   * ±20 %. Default: the `retryBackoffMs` of the `Kafka`, 100.
   */
  readonly retryBackoffMs?: number;
  /**
   * The longest wait between two tries, in ms. Default: the `retryBackoffMaxMs` of the `Kafka`, 1000, or
   * `retryBackoffMs` if that is longer.
   */
  readonly retryBackoffMaxMs?: number;
  /**
   * The handling when no retry is left. `"throw"`, the default: run() rejects with the error of the callback; the
   * record is not committed, and is read again. `"skip"`: a warning is logged, and the record counts as processed. A
   * function: it gets the record's bytes and the error, and the record counts as processed when it resolves;
   * `deadLetter(producer, { topic })` returns such a function. If the function rejects, so does run(). With `eachBatch`
   * it is called for each record of the batch. Spring Kafka: `DeadLetterPublishingRecoverer`; Java has none.
   */
  readonly onFailed?: OnFailed;
}

/** Calls back for each record. */
export interface RunRecordOptions<K, V> extends RunBaseOptions {
  /** Called with each record. If it returns a promise, the record counts as processed when that resolves. */
  readonly eachRecord: (record: KafkaRecord<K, V>, context: RunContext) => Promise<void> | void;
  /** Not with `eachRecord`: for batches use {@link RunBatchOptions}. */
  readonly eachBatch?: never;
  /** Not with `eachRecord`: for batches use {@link RunBatchesOptions}. */
  readonly eachBatches?: never;
  /**
   * The order of records. Default `"partition"`: the records of a partition one after the other. `"key"`: only records
   * of one key wait for each other, and records without a key for none, so that one partition can use all of
   * `concurrency`. A slow record then delays commits, but not other keys.
   */
  readonly orderBy?: "partition" | "key";
}

/** Calls back for each batch as it is stored; batches of a partition one after the other. */
export interface RunBatchOptions<K, V> extends RunBaseOptions {
  /** Called with each batch. If it returns a promise, the batch counts as processed when that resolves. */
  readonly eachBatch: (batch: ConsumedBatch<K, V>, context: RunContext) => Promise<void> | void;
  /** Not with `eachBatch`: for records use {@link RunRecordOptions}. */
  readonly eachRecord?: never;
  /** Not with `eachBatch`: for all that have arrived use {@link RunBatchesOptions}. */
  readonly eachBatches?: never;
  /** Batches of one partition are always processed one after the other. */
  readonly orderBy?: "partition";
}

/**
 * Calls back with all batches of a partition that have arrived. Programs that write to a database, or commit, once for
 * each callback do it less often than with `eachBatch`, whose batches are as small as producers made them.
 */
export interface RunBatchesOptions<K, V> extends RunBaseOptions {
  /**
   * Called with at least one batch of one partition, in the order of their offsets, and with no more once they have
   * `maxPartitionFetchBytes` bytes. If it returns a promise, they count as processed when that resolves. With
   * `onPoison` it gets one batch at a time.
   */
  readonly eachBatches: (batches: Batches<K, V>, context: RunContext) => Promise<void> | void;
  /** Not with `eachBatches`. */
  readonly eachRecord?: never;
  /** Not with `eachBatches`. */
  readonly eachBatch?: never;
  /** Batches of one partition are always processed one after the other. */
  readonly orderBy?: "partition";
}

/** The options of `consumer.run`. */
export type RunOptions<K, V> = RunRecordOptions<K, V> | RunBatchOptions<K, V> | RunBatchesOptions<K, V>;

const OPTIONS = shape(
  {
    eachRecord: callback,
    eachBatch: callback,
    eachBatches: callback,
    orderBy: anything,
    concurrency: anything,
    signal,
    retries: anything,
    retryBackoffMs: anything,
    retryBackoffMaxMs: anything,
    onFailed: anything,
  },
  { hints: { retry: "retries" } },
);

/** The backoff of the client, which is the default of `run`. */
export interface BackoffDefaults {
  readonly retryBackoffMs: number;
  readonly retryBackoffMaxMs: number;
}

/** {@link RunOptions} with their defaults, checked. */
export interface RunSettings {
  readonly concurrency: number;
  readonly isByKey: boolean;
  readonly failures: FailureSettings;
}

/** The checked options. Throws kind `config` and names the wrong option. */
export function checkRunOptions<K, V>(options: RunOptions<K, V>, defaults: BackoffDefaults): RunSettings {
  OPTIONS(options, "run");
  const { orderBy = "partition" } = options as { orderBy?: unknown };
  const given = [options.eachRecord, options.eachBatch, options.eachBatches].filter((each) => each !== undefined);
  if (given.length !== 1)
    throw new KafkaError("config", "run takes a function as `eachRecord`, `eachBatch` or `eachBatches`, one of them");
  if (orderBy !== "partition" && orderBy !== "key")
    throw new KafkaError("config", `run: orderBy takes "partition" or "key", not ${inWords(orderBy)}`);
  if (orderBy === "key" && options.eachRecord === undefined)
    throw new KafkaError("config", 'run: orderBy "key" needs eachRecord; the records of a batch have many keys');
  return {
    concurrency: wholeNumber("run: concurrency", options.concurrency, 1, 1),
    isByKey: orderBy === "key",
    failures: failureSettings(options, defaults),
  };
}

function failureSettings<K, V>(options: RunOptions<K, V>, defaults: BackoffDefaults): FailureSettings {
  const { onFailed = "throw" } = options;
  if (onFailed !== "throw" && onFailed !== "skip" && errorOf(callback, onFailed, "") !== undefined)
    throw new KafkaError("config", `run: onFailed takes "throw", "skip" or a function, not ${inWords(onFailed)}`);
  const retryBackoffMs = wholeNumber("run: retryBackoffMs", options.retryBackoffMs, defaults.retryBackoffMs, 0);
  const retryBackoffMaxMs = wholeNumber(
    "run: retryBackoffMaxMs",
    options.retryBackoffMaxMs,
    Math.max(retryBackoffMs, defaults.retryBackoffMaxMs),
    0,
  );
  if (retryBackoffMs > retryBackoffMaxMs)
    throw new KafkaError(
      "config",
      `run: retryBackoffMs (${retryBackoffMs}) must be at most retryBackoffMaxMs (${retryBackoffMaxMs}), the ` +
        "longest wait",
    );
  return { retries: wholeNumber("run: retries", options.retries, 0, 0), retryBackoffMs, retryBackoffMaxMs, onFailed };
}

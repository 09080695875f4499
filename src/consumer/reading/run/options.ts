import { wholeNumber } from "../../../cluster/options.ts";
import { KafkaError } from "../../../errors/kafka-error.ts";
import { anything, callback, errorOf, shape, signal } from "../../../errors/shape.ts";
import { inWords } from "../../../errors/words.ts";
import type { KafkaRecord } from "../../../records/record.ts";
import type { AbortSignalLike } from "../../../runtime/cancellation.ts";
import type { ConsumedBatch } from "../consumed-batch.ts";
import type { FailureSettings, OnFailed } from "./failure.ts";
import type { RunContext } from "./runner.ts";

/** What both kinds of {@link RunOptions} have. */
export interface RunBaseOptions {
  /**
   * How many callbacks may be at work at once, over all partitions. Default 1: as a loop, until you say that your code
   * may run beside itself.
   */
  readonly concurrency?: number;
  /** Ends the run with an error of kind `cancelled`, once the callbacks that are at work have ended. */
  readonly signal?: AbortSignalLike;
  /**
   * How often a callback that fails is called again for the same record, or batch. Default 0: the first
   * failure is the last. Meanwhile later records of the same key, or partition (`orderBy`), wait; others go
   * on, and nothing beyond it is committed. All of its tries together are to `maxPollIntervalMs` what one
   * long callback is. A close, the `signal`, a seek, and a partition that goes to another member end the
   * wait: the record is not committed and comes again. Java has none; Spring Kafka: `DefaultErrorHandler`.
   */
  readonly retries?: number;
  /**
   * The wait before the first retry, in ms; it doubles with each further one up to
   * `retryBackoffMaxMs`, and varies by ±20 %. Default: the `retryBackoffMs` of the `Kafka`, 100.
   */
  readonly retryBackoffMs?: number;
  /**
   * The longest wait between two tries, in ms. Default: the `retryBackoffMaxMs`
   * of the `Kafka`, 1000, or `retryBackoffMs` if that is longer.
   */
  readonly retryBackoffMaxMs?: number;
  /**
   * What happens when no retry is left. `"throw"`, the default: run() rejects with what the callback threw; the
   * record is not committed, and is the next again. `"skip"`: it is logged as a warning and counts as processed. A
   * function: it gets the record's bytes and the reason, and the record counts as processed when it settles:
   * `deadLetter(producer, { topic })` is one. If the function rejects, so does run(). With `eachBatch` the
   * function is called for each record of the batch. Spring Kafka: `DeadLetterPublishingRecoverer`; Java has none.
   */
  readonly onFailed?: OnFailed;
}

/** Record by record. */
export interface RunRecordOptions<K, V> extends RunBaseOptions {
  /**
   * Called with each record. A promise that it returns is waited for; the record counts as
   * processed when it has settled.
   */
  readonly eachRecord: (record: KafkaRecord<K, V>, context: RunContext) => Promise<void> | void;
  /** Batches are {@link RunBatchOptions}. */
  readonly eachBatch?: never;
  /**
   * What stays in order. Default `"partition"`: of a partition one record after the other. `"key"`: only records of one
   * key wait for each other, those without a key for none, so that one partition keeps all of `concurrency` busy; a
   * record that takes long then holds back what is committed, and not the others.
   */
  readonly orderBy?: "partition" | "key";
}

/** Batch by batch, as they lie in the log: of a partition one after the other. */
export interface RunBatchOptions<K, V> extends RunBaseOptions {
  /**
   * Called with each batch. A promise that it returns is waited for; the batch counts as processed
   * when it has settled.
   */
  readonly eachBatch: (batch: ConsumedBatch<K, V>, context: RunContext) => Promise<void> | void;
  /** Records are {@link RunRecordOptions}. */
  readonly eachRecord?: never;
  /** Batches of one partition are always handled one after the other. */
  readonly orderBy?: "partition";
}

/** How `consumer.run` works. */
export type RunOptions<K, V> = RunRecordOptions<K, V> | RunBatchOptions<K, V>;

const OPTIONS = shape(
  {
    eachRecord: callback,
    eachBatch: callback,
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

/** The backoff that `run` has where its options name none: that of the client. */
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

/** The options, checked. Throws kind `config` naming the option. */
export function checkRunOptions<K, V>(options: RunOptions<K, V>, defaults: BackoffDefaults): RunSettings {
  OPTIONS(options, "run");
  const {
    eachRecord,
    eachBatch,
    orderBy = "partition",
  } = options as { eachRecord?: unknown; eachBatch?: unknown; orderBy?: unknown };
  if ((typeof eachRecord === "function") === (typeof eachBatch === "function"))
    throw new KafkaError("config", "run takes a function as `eachRecord` or as `eachBatch`, one of them");
  if (orderBy !== "partition" && orderBy !== "key")
    throw new KafkaError("config", `run: orderBy takes "partition" or "key", not ${inWords(orderBy)}`);
  if (orderBy === "key" && eachBatch !== undefined)
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

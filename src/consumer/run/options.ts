import { wholeNumber } from "../../cluster/options.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { anything, callback, shape, signal } from "../../errors/shape.ts";
import { inWords } from "../../errors/words.ts";
import type { KafkaRecord } from "../../records/record.ts";
import type { AbortSignalLike } from "../../runtime/cancellation.ts";
import type { ConsumedBatch } from "../consumed-batch.ts";

/** What both kinds of {@link RunOptions} have. */
export interface RunBaseOptions {
  /** How many callbacks may be at work at once, over all partitions. Default 1: as a loop, until you say that your code may run beside itself. */
  readonly concurrency?: number;
  /** Ends the run with an error of kind `cancelled`, once the callbacks that are at work have ended. */
  readonly signal?: AbortSignalLike;
}

/** Record by record. */
export interface RunRecordOptions<K, V> extends RunBaseOptions {
  readonly eachRecord: (record: KafkaRecord<K, V>) => Promise<void> | void;
  readonly eachBatch?: never;
  /**
   * What stays in order. Default `"partition"`: of a partition one record after the other. `"key"`: only records of one key wait for each other, those
   * without a key for none, so that one partition keeps all of `concurrency` busy; a record that takes long then holds back what is committed, and not the others.
   */
  readonly orderBy?: "partition" | "key";
}

/** Batch by batch, as they lie in the log: of a partition one after the other. */
export interface RunBatchOptions<K, V> extends RunBaseOptions {
  readonly eachBatch: (batch: ConsumedBatch<K, V>) => Promise<void> | void;
  readonly eachRecord?: never;
  readonly orderBy?: "partition";
}

/** How `consumer.run` works. */
export type RunOptions<K, V> = RunRecordOptions<K, V> | RunBatchOptions<K, V>;

const OPTIONS = shape(
  { eachRecord: callback, eachBatch: callback, orderBy: anything, concurrency: anything, signal },
  { hints: { eachMessage: "eachRecord", partitionsConsumedConcurrently: "concurrency", autoCommit: "enableAutoCommit is an option of the consumer", eachBatchAutoResolve: "a batch is done when its callback has ended" } },
);

/** The options, checked. Throws kind `config` naming the option. */
export function checkRunOptions<K, V>(options: RunOptions<K, V>): { readonly concurrency: number; readonly isByKey: boolean } {
  OPTIONS(options, "run");
  const { eachRecord, eachBatch, orderBy = "partition" } = options as { eachRecord?: unknown; eachBatch?: unknown; orderBy?: unknown };
  if ((typeof eachRecord === "function") === (typeof eachBatch === "function")) throw new KafkaError("config", "run takes a function as `eachRecord` or as `eachBatch`, one of them");
  if (orderBy !== "partition" && orderBy !== "key") throw new KafkaError("config", `run: orderBy takes "partition" or "key", not ${inWords(orderBy)}`);
  if (orderBy === "key" && eachBatch !== undefined) throw new KafkaError("config", 'run: orderBy "key" needs eachRecord; the records of a batch have many keys');
  return { concurrency: wholeNumber("run: concurrency", options.concurrency, 1, 1), isByKey: orderBy === "key" };
}

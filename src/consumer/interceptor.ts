import { callInterceptors } from "../cluster/interceptors.ts";
import type { GroupOffset } from "../cluster/group-offsets.ts";
import type { KafkaRecord } from "../records/record.ts";
import type { LogLevel } from "../runtime/platform.ts";
import type { Handout, Intercepting } from "./partitions/reading.ts";
import { type ConsumedBatch, RestOfBatch } from "./reading/consumed-batch.ts";

/**
 * Sees each batch of records before the application gets it, and each commit, for tracing or auditing. It has at least
 * one of these methods. If one throws, or its promise rejects, the error is logged with the method's name, and the
 * records are still delivered; promises are not awaited. Java: `ConsumerInterceptor`.
 */
export interface ConsumerInterceptor<K = Uint8Array, V = Uint8Array> {
  /**
   * Called for each batch that is handed to a loop, to `run`, to a stream of `partition`, or to a pipeline, before its
   * first record is delivered. Called again for the rest of a batch that was put back (after a pause, or when a loop is
   * left) and is delivered later. The records are decoded while you iterate over them, for this call only: it cannot
   * change what the application gets, which in Java it can. Java: `onConsume`.
   */
  onConsume?(batch: ConsumedBatch<K | null, V | null>): void;
  /**
   * Called when the coordinator has stored offsets, for commits of the client and of the application; not for offsets
   * that a producer commits with a transaction. Each offset is that of the next record to read. Java: `onCommit`.
   */
  onCommit?(offsets: readonly GroupOffset[]): void;
  /** Called once when the consumer is closed, after its last commit. Java: `close`. */
  close?(): void;
}

/** The interceptors of one consumer. */
export class ConsumerInterceptors<K, V> implements Intercepting<K | null, V | null> {
  readonly #all: readonly ConsumerInterceptor<K, V>[];
  readonly #decode: ((record: KafkaRecord<K | null, V | null>) => void) | undefined;
  readonly #log: (level: LogLevel, message: string) => void;
  /** `decode` deserialises a record for an interceptor that reads it. */
  constructor(
    all: readonly ConsumerInterceptor<K, V>[],
    decode: ((record: KafkaRecord<K | null, V | null>) => void) | undefined,
    log: (level: LogLevel, message: string) => void,
  ) {
    this.#all = [...all];
    this.#decode = decode;
    this.#log = log;
  }

  /** A batch is handed to the application. Its records are counted when they are delivered, not here. */
  consumed({ batch, cursor }: Handout<K | null, V | null>): void {
    const rest = new RestOfBatch(cursor, batch, this.#decode, { records: 0 });
    callInterceptors(this.#all, "onConsume", (one) => one.onConsume?.(rest), this.#log);
  }

  committed(offsets: readonly GroupOffset[]): void {
    const copies = offsets.map((one) => ({ ...one }));
    callInterceptors(this.#all, "onCommit", (one) => one.onCommit?.(copies), this.#log);
  }

  closed(): void {
    callInterceptors(this.#all, "close", (one) => one.close?.(), this.#log);
  }
}

import type { ProducerRecord } from "./partition/delivery.ts";

/** Where the records of one `sendAll` that went to one partition were written. */
export interface WrittenRecords {
  /** The name of the topic. */
  readonly topic: string;
  /** The number of the partition, from 0. */
  readonly partition: number;
  /**
   * The offset of the first of them. The others follow in order; records of other calls may be between them. -1 if it
   * is unknown: with `acks: 0`, or if the broker recognised a retry as a duplicate.
   */
  readonly baseOffset: number;
  /** How many records there are. */
  readonly count: number;
  /** The broker's time of the first of them, in ms since the epoch, if the topic has LogAppendTime; else -1. */
  readonly appendTimestamp: number;
  /** The first offset that the partition's log still has; -1 if it is unknown. */
  readonly logStartOffset: number;
}

/** Sends the records of one call of `sendAll`. */
export type SendTogether<K, V> = (records: Iterable<ProducerRecord<K, V>>) => Promise<readonly WrittenRecords[]>;

/**
 * The name of a producer's method that `sendAll` calls in place of sending, which it gets as an argument. Tracing
 * defines it. One name for all copies of this module: a program may load those for `import` and for `require`.
 */
export const AROUND_SEND_ALL: unique symbol = Symbol.for("odradek.sendAll");

/** A producer, with the method if it has one. */
export interface TracedProducer<K, V> {
  readonly [AROUND_SEND_ALL]?: (
    records: Iterable<ProducerRecord<K, V>>,
    send: SendTogether<K, V>,
  ) => Promise<readonly WrittenRecords[]>;
}

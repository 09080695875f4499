import type { KafkaError } from "../../errors/kafka-error.ts";
import type { KafkaRecord } from "../../records/record.ts";

/**
 * Headers as users may give them: an iterable of pairs, in order and with duplicates (a list, a Map, fetch's
 * `Headers`), or a plain object. A string is written as UTF-8.
 */
export type HeadersInput =
  | Iterable<readonly [name: string, value: string | Uint8Array | null]>
  | Readonly<Record<string, string | Uint8Array | null>>;

/**
 * A record to send. It is read before `send` or `enqueue` returns, and never changed. An unknown field is refused with
 * kind `config`, and so is a value of `undefined`. (If many records are sent without a pause for the host, the field
 * names of the first 64 are checked, then those of every thirteenth.) A consumer's record can be sent as it is; it goes
 * to the same topic and partition. Java: `ProducerRecord`.
 */
export interface ProducerRecord<K, V> {
  /** The name of the topic. */
  readonly topic: string;
  /** The key. Records with the same key go to the same partition, in order. Null or absent: any partition. */
  readonly key?: K | null;
  /**
   * The value. Null is a tombstone, which deletes the key in a compacted topic. The field is required, so that no
   * tombstone is written by accident.
   */
  readonly value: V | null;
  /** Names with values, in order; a name may occur again. Default: none. */
  readonly headers?: HeadersInput;
  /** The number of the partition. Default: by the key; without a key, the partition that is being filled now. */
  readonly partition?: number;
  /** The record's timestamp, in ms since the epoch. Default: now. */
  readonly timestamp?: number;
}

/** Where a record was written. Java: `RecordMetadata`. */
export interface RecordMetadata {
  /** The name of the topic. */
  readonly topic: string;
  /** The number of the partition, from 0. */
  readonly partition: number;
  /** The record's offset; −1 if unknown: with `acks: 0`, or if the broker recognised a retry as a duplicate. */
  readonly offset: number;
  /** The record's timestamp, or the broker's if the topic has LogAppendTime. */
  readonly timestamp: number;
}

/** The result of a batch; all its records were written, or all failed. */
export interface Delivery {
  /** The name of the topic. */
  readonly topic: string;
  /** The number of the partition, from 0. */
  readonly partition: number;
  /** The offset of the first record; −1 if it is unknown, or if nothing was written. */
  readonly baseOffset: number;
  /** How many records the batch has. */
  readonly count: number;
  /** Why the batch failed; absent if it was written. */
  readonly error?: KafkaError;
  /** The records, decoded while you iterate. Use them only during the call: their memory is reused. */
  readonly records: Iterable<KafkaRecord>;
}

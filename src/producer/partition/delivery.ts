import type { KafkaError } from "../../errors/kafka-error.ts";
import type { KafkaRecord } from "../../records/record.ts";

/**
 * Headers as users may give them: anything that iterates over pairs, in order and with duplicates (a list, a Map, a
 * `Headers` of fetch), or a plain object. Text is written as UTF-8.
 */
export type HeadersInput =
  | Iterable<readonly [name: string, value: string | Uint8Array | null]>
  | Readonly<Record<string, string | Uint8Array | null>>;

/**
 * A record to be sent. It is read before `send` and `enqueue` return, and never changed. It has these fields and no
 * others: a misspelt one is refused with kind `config`, as a value of `undefined` is. (Of records that are sent in one
 * go, without a pause for the host, the names of the first 64 are looked at, and then those of each thirteenth.) A
 * consumer's record can be sent as it is; it goes to the same topic and partition.
 */
export interface ProducerRecord<K, V> {
  readonly topic: string;
  /** Records of one key go to one partition, and keep their order. Null or absent: any partition. */
  readonly key?: K | null;
  /**
   * Null for a tombstone, which deletes the key in a compacted topic. It must be there, so that none is written by
   * accident.
   */
  readonly value: V | null;
  readonly headers?: HeadersInput;
  /** Default: by the key, or whichever partition is filled at the moment. */
  readonly partition?: number;
  /** Milliseconds since the epoch. Default: now. */
  readonly timestamp?: number;
}

/** Where a record went. Java: `RecordMetadata`. */
export interface RecordMetadata {
  readonly topic: string;
  readonly partition: number;
  /** −1 where it cannot be known: acks=0, or a retry that the broker recognised as a duplicate. */
  readonly offset: number;
  /** The record's, or the broker's where the topic says LogAppendTime. */
  readonly timestamp: number;
}

/** What became of a batch, all records of which share their fate. */
export interface Delivery {
  readonly topic: string;
  readonly partition: number;
  /** The offset of the first record; −1 where it cannot be known, or nothing was written. */
  readonly baseOffset: number;
  /** How many records the batch has. */
  readonly count: number;
  /** Absent when the batch was written. */
  readonly error?: KafkaError;
  /** The records, decoded while they are walked over. Only during the call: their memory is used again. */
  readonly records: Iterable<KafkaRecord>;
}

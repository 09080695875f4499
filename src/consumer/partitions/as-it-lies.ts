import type { Headers, KafkaRecord } from "../../records/record.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";

/** A record that the application does not get, or could not handle, with its original bytes, for a dead letter. */
export interface RawRecord extends TopicPartition {
  /** Always `"record"`: a `Poison` may be a batch. */
  readonly what: "record";
  /** The record's offset. */
  readonly offset: number;
  /** The same as `offset`. */
  readonly lastOffset: number;
  /** The record's timestamp, in ms since the epoch. */
  readonly timestamp: number;
  /** The key's original bytes in the partition's log; null for none. */
  readonly key: Uint8Array | null;
  /** The value's original bytes in the partition's log; null for a tombstone. */
  readonly value: Uint8Array | null;
  /** The record's headers; empty if they cannot be read. */
  readonly headers: Headers;
}

export function asItLies<K, V>(record: KafkaRecord<K, V>): RawRecord {
  const { topic, partition, offset, timestamp, keyBytes, valueBytes } = record;
  let headers: Headers = [];
  try {
    headers = record.headers;
  } catch {
    // The headers may be the damaged part.
  }
  return {
    what: "record",
    topic,
    partition,
    offset,
    lastOffset: offset,
    timestamp,
    key: keyBytes,
    value: valueBytes,
    headers,
  };
}

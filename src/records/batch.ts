import type { CompressionType } from "../runtime/codec.ts";
import type { BatchContext } from "./batch-context.ts";
import type { KafkaRecord, RecordOrigin } from "./record.ts";

/** Returns records one at a time. */
export interface RecordSource<K, V> {
  /** The next record, or undefined after the last. Throws kind `corrupt` with topic, partition and offset. */
  next(): KafkaRecord<K, V> | undefined;
}

/**
 * The properties shared by all batch formats. Magic 2 is a record batch. Magic 0 and 1 are single messages, or wrappers
 * of compressed messages. These have no producer, epochs, transactions or control records: the fields are −1 and false.
 */
export interface Batch<K = Uint8Array | null, V = Uint8Array | null> extends RecordOrigin {
  /** The format: 2 since Kafka 0.11, before that 1 (0.10) and 0. */
  readonly magic: number;
  /** Its size on the wire, header included. */
  readonly sizeInBytes: number;
  /**
   * The offset of the first record, as it was before compaction. For a wrapper of magic 0 and 1, reading this
   * decompresses.
   */
  readonly baseOffset: number;
  /** The offset of the last record, even if compaction has removed that record. */
  readonly lastOffset: number;
  /** The offset at which to continue reading. A compacted batch may lack its last records, or all of them. */
  readonly nextOffset: number;
  /** The leader epoch in which it was written. */
  readonly partitionLeaderEpoch: number;
  /** CRC-32C for magic 2, CRC-32 before it; unsigned. */
  readonly crc: number;
  /** Whether the CRC matches the bytes. */
  readonly isValid: boolean;
  /** How its records are compressed. */
  readonly codec: CompressionType;
  /** Whether it is part of a transaction. */
  readonly isTransactional: boolean;
  /** Whether it contains control records (transaction markers and the like), which applications never see. */
  readonly isControl: boolean;
  /** The highest timestamp, in milliseconds since the epoch; −1 for magic 0. */
  readonly maxTimestamp: number;
  /** When the tombstones of a compacted batch may be removed, in ms since the epoch; −1 if not set (KIP-534). */
  readonly deleteHorizonMs: number;
  /** The id of the idempotent producer that wrote it; −1 if the producer was not idempotent. */
  readonly producerId: number;
  /** The epoch of that producer; −1 for a producer that is not idempotent. */
  readonly producerEpoch: number;
  /** The sequence number of its first record; −1 for a producer that is not idempotent. */
  readonly baseSequence: number;
  /** The facts above, in an object that does not keep the batch in memory. */
  readonly context: BatchContext;
  /** The number of records. For a wrapper of magic 0 and 1, reading this decompresses. */
  readonly count: number;
  /** The bytes of the batch on the wire. */
  readonly bytes: Uint8Array;
  /** The records, decoded during iteration. Throws kind `corrupt` if they cannot be decoded. */
  readonly records: Iterable<KafkaRecord<K, V>>;
  /** A reader at the first record. The first call checks the CRC and decompresses. */
  reader(): RecordSource<K, V>;
}

/** Iterates over the records of a batch, for `for … of`. */
export class RecordIterator<K, V> implements Iterator<KafkaRecord<K, V>> {
  readonly #source: RecordSource<K, V>;

  constructor(source: RecordSource<K, V>) {
    this.#source = source;
  }

  next(): IteratorResult<KafkaRecord<K, V>> {
    const value = this.#source.next();
    return value === undefined ? { value: undefined, done: true } : { value, done: false };
  }
}

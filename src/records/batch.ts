import type { CompressionType } from "../runtime/codec.ts";
import type { KafkaRecord, RecordOrigin } from "./record.ts";

/** Records one at a call. */
export interface RecordSource<K, V> {
  /** The next record, or undefined after the last. Throws kind `corrupt` that names topic, partition and offset. */
  next(): KafkaRecord<K, V> | undefined;
}

/**
 * What all formats of a batch have in common. Magic 2 is a record batch; magic 0 and 1 are a message, alone or as the
 * wrapper of compressed ones, and have no producer, epochs, transactions or control records: −1 and false.
 */
export interface Batch<K = Uint8Array | null, V = Uint8Array | null> extends RecordOrigin {
  /** The format: 2 since Kafka 0.11, before that 1 (0.10) and 0. */
  readonly magic: number;
  /** Its size on the wire, header included. */
  readonly sizeInBytes: number;
  /**
   * The offset of the first record, or where it was before compaction. For a wrapper of magic 0 and 1 this
   * decompresses.
   */
  readonly baseOffset: number;
  /** The offset of the last record, also when compaction removed it. */
  readonly lastOffset: number;
  /** Where reading goes on: a compacted batch may end before its last offset, or be empty. */
  readonly nextOffset: number;
  /** The leader epoch in which it was written. */
  readonly partitionLeaderEpoch: number;
  /** CRC-32C for magic 2, CRC-32 before it; unsigned. */
  readonly crc: number;
  /** Whether the CRC fits the bytes. */
  readonly isValid: boolean;
  /** How its records are compressed. */
  readonly codec: CompressionType;
  /** Whether it is part of a transaction. */
  readonly isTransactional: boolean;
  /** Whether it holds markers of transactions or of the cluster, which applications never see. */
  readonly isControl: boolean;
  /** The highest timestamp, in milliseconds since the epoch; −1 for magic 0. */
  readonly maxTimestamp: number;
  /**
   * When the tombstones in a compacted batch may go, in milliseconds since the epoch; −1 where that is not set
   * (KIP-534).
   */
  readonly deleteHorizonMs: number;
  /** The id of the idempotent producer that wrote it; −1 for another producer. */
  readonly producerId: number;
  /** The epoch of that producer; −1 for a producer that is not idempotent. */
  readonly producerEpoch: number;
  /** The sequence number of its first record; −1 for a producer that is not idempotent. */
  readonly baseSequence: number;
  /** How many records there are. For a wrapper of magic 0 and 1 this decompresses. */
  readonly count: number;
  /** The batch as it is on the wire. */
  readonly bytes: Uint8Array;
  /** The records, decoded while they are walked over. Throws kind `corrupt` where they cannot be. */
  readonly records: Iterable<KafkaRecord<K, V>>;
  /** A reader at the first record: checks the CRC and decompresses, once. */
  reader(): RecordSource<K, V>;
}

/** The records of a batch, as `for … of` wants them. */
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

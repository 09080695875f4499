import type { CompressionType } from "../runtime/codec.ts";
import { type Batch, RecordIterator, type RecordSource } from "./batch.ts";
import { type BatchContext, batchContext } from "./batch-context.ts";
import * as at from "./batch-layout.ts";
import { decompressed } from "./decompress.ts";
import type { ReadSettings } from "./read-settings.ts";
import { ViewedBytes } from "./bytes-view.ts";
import type { KafkaRecord, TimestampType } from "./record.ts";
import { RecordReader, type RecordSpan, corrupt } from "./record-reader.ts";

/** A batch of records, magic 2. The header is read at once, the records on access. */
export class RecordBatch<K = Uint8Array | null, V = Uint8Array | null> implements Batch<K, V> {
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #end: number;
  readonly #view: DataView;
  readonly #settings: ReadSettings;
  #span: RecordSpan | undefined;
  #context: BatchContext | undefined;

  /** `bytes` holds a whole batch from `start` to `end`. @internal */
  constructor(bytes: Uint8Array, start: number, end: number, settings: ReadSettings) {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset + start, end - start);
    this.#settings = settings;
  }

  /** The name of the topic. */
  get topic(): string {
    return this.#settings.topic;
  }

  /** The number of the partition, from 0. */
  get partition(): number {
    return this.#settings.partition;
  }

  /** The format: always 2. */
  get magic(): number {
    return this.#view.getInt8(at.MAGIC);
  }

  /** Its size on the wire, header included. */
  get sizeInBytes(): number {
    return this.#end - this.#start;
  }

  /** The offset of the first record, as it was before compaction. */
  get baseOffset(): number {
    return at.readInt64(this.#view, at.BASE_OFFSET);
  }

  /** The offset of the last record, even if compaction has removed that record. */
  get lastOffset(): number {
    return this.baseOffset + this.#view.getInt32(at.LAST_OFFSET_DELTA);
  }

  /** The offset at which to continue reading. A compacted batch may lack its last records, or all of them. */
  get nextOffset(): number {
    return this.lastOffset + 1;
  }

  /** The leader epoch in which it was written. */
  get partitionLeaderEpoch(): number {
    return this.#view.getInt32(at.PARTITION_LEADER_EPOCH);
  }

  /** The CRC-32C in the header, unsigned. */
  get crc(): number {
    return this.#view.getUint32(at.CRC);
  }

  get #attributes(): number {
    return this.#view.getInt16(at.ATTRIBUTES);
  }

  /** How its records are compressed. */
  get codec(): CompressionType {
    const type = at.COMPRESSION_TYPES[this.#attributes & at.COMPRESSION_MASK];
    if (type === undefined)
      throw corrupt(this, this.baseOffset, `its compression type ${this.#attributes & at.COMPRESSION_MASK} is unknown`);
    return type;
  }

  /** Whether timestamps are the producer's (`CreateTime`) or the broker's (`LogAppendTime`). */
  get timestampType(): TimestampType {
    return (this.#attributes & at.LOG_APPEND_TIME) !== 0 ? "LogAppendTime" : "CreateTime";
  }

  /** Whether it is part of a transaction. */
  get isTransactional(): boolean {
    return (this.#attributes & at.TRANSACTIONAL) !== 0;
  }

  /** Whether it contains control records (transaction markers and the like), which applications never see. */
  get isControl(): boolean {
    return (this.#attributes & at.CONTROL) !== 0;
  }

  /** The highest timestamp, in milliseconds since the epoch; −1 for magic 0. */
  get maxTimestamp(): number {
    return at.readInt64(this.#view, at.MAX_TIMESTAMP);
  }

  /** When the tombstones of a compacted batch may be removed, in ms since the epoch; −1 if not set (KIP-534). */
  get deleteHorizonMs(): number {
    return (this.#attributes & at.DELETE_HORIZON) !== 0 ? at.readInt64(this.#view, at.BASE_TIMESTAMP) : -1;
  }

  /** The id of the idempotent producer that wrote it; −1 if the producer was not idempotent. */
  get producerId(): number {
    return at.readInt64(this.#view, at.PRODUCER_ID);
  }

  /** The epoch of that producer; −1 for a producer that is not idempotent. */
  get producerEpoch(): number {
    return this.#view.getInt16(at.PRODUCER_EPOCH);
  }

  /** The sequence number of its first record; −1 for a producer that is not idempotent. */
  get baseSequence(): number {
    return this.#view.getInt32(at.BASE_SEQUENCE);
  }

  /** The facts above, in an object that does not keep the batch in memory. */
  get context(): BatchContext {
    return (this.#context ??= batchContext(this, at.readInt64(this.#view, at.BASE_TIMESTAMP)));
  }

  /** The number of records according to the header. */
  get count(): number {
    return this.#view.getInt32(at.RECORD_COUNT);
  }

  /** Whether the CRC-32C matches the bytes. */
  get isValid(): boolean {
    return this.#settings.crc32c(this.#bytes, this.#start + at.ATTRIBUTES, this.#end) === this.crc;
  }

  /** The bytes of the batch on the wire. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  /** The records, decoded during iteration. Throws kind `corrupt` if they cannot be decoded. */
  get records(): Iterable<KafkaRecord<K, V>> {
    return { [Symbol.iterator]: () => new RecordIterator(this.reader()) };
  }

  /** A reader at the first record. The first call checks the CRC and decompresses. */
  reader(): RecordSource<K, V> {
    this.#span ??= this.#open();
    return new RecordReader<K, V>(this.#span);
  }

  #open(): RecordSpan {
    if (this.#settings.checkCrcs && !this.isValid)
      throw corrupt(this, this.baseOffset, `its CRC-32C is not ${this.crc.toString(16)}, which its header says`);
    const count = this.count;
    const lastOffsetDelta = this.#view.getInt32(at.LAST_OFFSET_DELTA);
    if (count < 0 || lastOffsetDelta < 0)
      throw corrupt(this, this.baseOffset, `it announces ${count} records up to offset delta ${lastOffsetDelta}`);
    const type = this.codec;
    const isPlain = type === "none";
    const bytes = isPlain
      ? this.#bytes
      : decompressed(
          this.#settings,
          this.baseOffset,
          type,
          this.#bytes.subarray(this.#start + at.HEADER_BYTES, this.#end),
        );
    // An object literal, not a spread: on Node 20 objects made by a spread are slow to create, and slow to read for
    // every record.
    return {
      origin: this,
      bytes: new ViewedBytes(bytes, this.#settings.bytesView),
      start: isPlain ? this.#start + at.HEADER_BYTES : 0,
      end: isPlain ? this.#end : bytes.length,
      count,
      baseOffset: this.baseOffset,
      lastOffsetDelta,
      // In a batch with a delete horizon this field is the horizon. Kafka's own reader also adds the deltas
      // to it.
      baseTimestamp: at.readInt64(this.#view, at.BASE_TIMESTAMP),
      appendTimestamp: this.timestampType === "LogAppendTime" ? this.maxTimestamp : -1,
    };
  }
}

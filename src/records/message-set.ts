import type { CompressionType } from "../runtime/codec.ts";
import { crc32 } from "../wire/crc32.ts";
import { type BatchContext, batchContext } from "./batch-context.ts";
import { type Batch, RecordIterator } from "./batch.ts";
import * as batchLayout from "./batch-layout.ts";
import { decompressed } from "./decompress.ts";
import { repairLz4Header } from "./lz4.ts";
import * as at from "./message-layout.ts";
import { MessageReader, type MessageSpan, messageEnd } from "./message-reader.ts";
import type { ReadSettings } from "./read-settings.ts";
import { ViewedBytes } from "./bytes-view.ts";
import type { KafkaRecord, TimestampType } from "./record.ts";
import { corrupt } from "./record-reader.ts";

/** The types before Kafka 0.11; zstd came later. */
const COMPRESSION_TYPES: readonly CompressionType[] = ["none", "gzip", "snappy", "lz4"];

interface Messages {
  readonly span: MessageSpan;
  readonly count: number;
  readonly firstOffset: number;
}

/**
 * A message of magic 0 or 1: a record, or the wrapper of compressed ones. Old segments contain them, and brokers send
 * them unchanged. In a wrapper of magic 1 the offsets are relative to the first message, and the wrapper has the offset
 * of the last.
 */
export class MessageSet<K = Uint8Array | null, V = Uint8Array | null> implements Batch<K, V> {
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #end: number;
  readonly #view: DataView;
  readonly #settings: ReadSettings;
  #messages: Messages | undefined;
  #context: BatchContext | undefined;
  readonly partitionLeaderEpoch: number = -1;
  readonly isTransactional: boolean = false;
  readonly isControl: boolean = false;
  readonly deleteHorizonMs: number = -1;
  readonly producerId: number = -1;
  readonly producerEpoch: number = -1;
  readonly baseSequence: number = -1;

  /** `bytes` holds a whole message from `start` to `end`. */
  constructor(bytes: Uint8Array, start: number, end: number, settings: ReadSettings) {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset + start, end - start);
    this.#settings = settings;
  }

  get topic(): string {
    return this.#settings.topic;
  }

  get partition(): number {
    return this.#settings.partition;
  }

  get magic(): number {
    return this.#view.getInt8(at.MAGIC);
  }

  get sizeInBytes(): number {
    return this.#end - this.#start;
  }

  get baseOffset(): number {
    return this.codec === "none" ? this.lastOffset : this.#open().firstOffset;
  }

  get lastOffset(): number {
    return batchLayout.readInt64(this.#view, at.OFFSET);
  }

  get nextOffset(): number {
    return this.lastOffset + 1;
  }

  get crc(): number {
    return this.#view.getUint32(at.CRC);
  }

  get isValid(): boolean {
    return crc32(this.#bytes, this.#start + at.MAGIC, this.#end) === this.crc;
  }

  get codec(): CompressionType {
    const number = this.#view.getInt8(at.ATTRIBUTES) & at.COMPRESSION_MASK;
    const type = COMPRESSION_TYPES[number];
    if (type === undefined) throw corrupt(this, this.lastOffset, `its compression type ${number} is unknown`);
    return type;
  }

  get timestampType(): TimestampType {
    if (this.magic === 0) return "NoTimestampType";
    return (this.#view.getInt8(at.ATTRIBUTES) & at.LOG_APPEND_TIME) !== 0 ? "LogAppendTime" : "CreateTime";
  }

  get maxTimestamp(): number {
    return this.magic === 0 ? -1 : batchLayout.readInt64(this.#view, at.TIMESTAMP);
  }

  get context(): BatchContext {
    return (this.#context ??= batchContext(this, this.maxTimestamp));
  }

  get count(): number {
    return this.codec === "none" ? 1 : this.#open().count;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  get records(): Iterable<KafkaRecord<K, V>> {
    return { [Symbol.iterator]: () => new RecordIterator(this.reader()) };
  }

  reader(): MessageReader<K, V> {
    return new MessageReader<K, V>(this.#open().span);
  }

  #open(): Messages {
    this.#messages ??= this.codec === "none" ? this.#single() : this.#wrapped(this.codec);
    return this.#messages;
  }

  #span(all: Uint8Array, start: number, end: number): MessageSpan {
    const bytes = new ViewedBytes(all, this.#settings.bytesView);
    const appendTimestamp = this.timestampType === "LogAppendTime" ? this.maxTimestamp : -1;
    return {
      origin: this,
      magic: this.magic,
      bytes,
      start,
      end,
      logOffset: this.lastOffset,
      baseOffset: 0,
      appendTimestamp,
      checkCrcs: this.#settings.checkCrcs,
      isWrapped: false,
    };
  }

  #single(): Messages {
    if (this.#settings.checkCrcs && !this.isValid)
      throw corrupt(
        this,
        this.lastOffset,
        `${this.codec === "none" ? "a message's" : "its"} CRC-32 is not ${this.crc.toString(16)}, which its ` +
          "header says",
      );
    return {
      span: { ...this.#span(this.#bytes, this.#start, this.#end), checkCrcs: false },
      count: 1,
      firstOffset: this.lastOffset,
    };
  }

  #wrapped(type: Exclude<CompressionType, "none">): Messages {
    const compressed = this.#value();
    const bytes = decompressed(
      this.#settings,
      this.lastOffset,
      type,
      type === "lz4" && this.magic === 0 ? repairLz4Header(compressed) : compressed,
    );
    const span = { ...this.#span(bytes, 0, bytes.length), isWrapped: true };
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let count = 0;
    let last = 0;
    for (let p = 0; p < bytes.length; p = messageEnd(span, view, p)) {
      last = p;
      count++;
    }
    if (count === 0) throw corrupt(this, this.lastOffset, "it is a wrapper around no message");
    const baseOffset = this.magic === 0 ? 0 : this.lastOffset - batchLayout.readInt64(view, last + at.OFFSET);
    return { span: { ...span, baseOffset }, count, firstOffset: baseOffset + batchLayout.readInt64(view, at.OFFSET) };
  }

  /** The compressed messages in the wrapper. */
  #value(): Uint8Array {
    const record = this.#single();
    const value = new MessageReader(record.span).next()?.valueBytes ?? null;
    if (value === null) throw corrupt(this, this.lastOffset, "it is a wrapper without a value");
    return value;
  }
}

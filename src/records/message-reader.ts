import { crc32 } from "../wire/crc32.ts";
import type { RecordSource } from "./batch.ts";
import * as batchLayout from "./batch-layout.ts";
import type { ViewedBytes } from "./bytes-view.ts";
import * as at from "./message-layout.ts";
import { KafkaRecord, type RecordOrigin } from "./record.ts";
import { corrupt } from "./record-reader.ts";

/** A sequence of messages: a single one, or the content of a wrapper. */
export interface MessageSpan {
  readonly origin: RecordOrigin;
  readonly magic: number;
  readonly bytes: ViewedBytes;
  readonly start: number;
  readonly end: number;
  /** For errors: the offset of the message in the partition's log. */
  readonly logOffset: number;
  /** Added to the relative offsets inside a wrapper of magic 1. */
  readonly baseOffset: number;
  /** With LogAppendTime, the timestamp of every record. Otherwise −1. */
  readonly appendTimestamp: number;
  readonly checkCrcs: boolean;
  /** Whether the messages come from a wrapper, which must not contain another wrapper. */
  readonly isWrapped: boolean;
}

/** The end of the message at `p`. Throws kind `corrupt` if the message does not fit. */
export function messageEnd(span: MessageSpan, view: DataView, p: number): number {
  const { origin, logOffset, magic } = span;
  if (p + at.MAGIC >= span.end)
    throw corrupt(origin, logOffset, `${span.end - p} bytes are left over after its messages`);
  const size = view.getInt32(p + at.SIZE);
  const end = p + at.LOG_OVERHEAD + size;
  if (view.getInt8(p + at.MAGIC) !== magic)
    throw corrupt(
      origin,
      logOffset,
      `it holds a message of magic ${view.getInt8(p + at.MAGIC)}, and is of magic ${magic}`,
    );
  if (size < at.leastSize(magic) || end > span.end)
    throw corrupt(
      origin,
      logOffset,
      `a message says that it has ${size} bytes, but only ${span.end - p - at.LOG_OVERHEAD} follow`,
    );
  return end;
}

/** Reads messages one at a time. */
export class MessageReader<K, V> implements RecordSource<K, V> {
  readonly #span: MessageSpan;
  readonly #view: DataView;
  #at: number;

  constructor(span: MessageSpan) {
    this.#span = span;
    const { all } = span.bytes;
    this.#view = new DataView(all.buffer, all.byteOffset, all.byteLength);
    this.#at = span.start;
  }

  next(): KafkaRecord<K, V> | undefined {
    const span = this.#span;
    const view = this.#view;
    const p = this.#at;
    if (p === span.end) return undefined;
    const end = messageEnd(span, view, p);
    const crc = view.getUint32(p + at.CRC);
    if (span.checkCrcs && crc32(span.bytes.all, p + at.MAGIC, end) !== crc)
      throw corrupt(
        span.origin,
        span.logOffset,
        `a message's CRC-32 is not ${crc.toString(16)}, which its header says`,
      );
    if (span.isWrapped && (view.getInt8(p + at.ATTRIBUTES) & at.COMPRESSION_MASK) !== 0)
      throw corrupt(span.origin, span.logOffset, "it holds a compressed message within a compressed one");
    const keyStart = p + at.keyAt(span.magic) + 4;
    const keyLength = view.getInt32(keyStart - 4);
    const valueStart = keyStart + Math.max(0, keyLength) + 4;
    const valueLength = keyLength >= -1 && valueStart <= end ? view.getInt32(valueStart - 4) : -2;
    if (valueLength < -1 || valueStart + Math.max(0, valueLength) !== end)
      throw corrupt(span.origin, span.logOffset, "a message's key and value do not fill it");
    this.#at = end;
    const own = span.magic === 0 ? -1 : batchLayout.readInt64(view, p + at.TIMESTAMP);
    const offset = span.baseOffset + batchLayout.readInt64(view, p + at.OFFSET);
    // The value ends at `end`: these records have no headers.
    return new KafkaRecord<K, V>(
      span.origin,
      span.bytes,
      offset,
      span.appendTimestamp >= 0 ? span.appendTimestamp : own,
      keyStart,
      keyLength,
      valueStart,
      valueLength,
      end,
    );
  }
}

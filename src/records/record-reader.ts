import { KafkaError } from "../errors/kafka-error.ts";
import { ByteReader } from "../wire/byte-reader.ts";
import type { RecordSource } from "./batch.ts";
import type { ViewedBytes } from "./bytes-view.ts";
import { KafkaRecord, type RecordOrigin } from "./record.ts";

/** Where the records of a batch lie, and the base values of their deltas. */
export interface RecordSpan {
  readonly origin: RecordOrigin;
  readonly bytes: ViewedBytes;
  readonly start: number;
  readonly end: number;
  readonly count: number;
  readonly baseOffset: number;
  readonly lastOffsetDelta: number;
  readonly baseTimestamp: number;
  /** With LogAppendTime, the timestamp of every record. Otherwise −1. */
  readonly appendTimestamp: number;
}

/**
 * Reads the records of a batch one at a time. Reading beyond the end of the array gives zeros, and the checks at the
 * end of each record detect that. So the loops need no bounds of their own.
 */
export class RecordReader<K, V> implements RecordSource<K, V> {
  readonly #span: RecordSpan;
  #at: number;
  #index = 0;

  constructor(span: RecordSpan) {
    this.#span = span;
    this.#at = span.start;
  }

  /** The next record, or undefined after the last. Throws kind `corrupt` with topic, partition and offset. */
  next(): KafkaRecord<K, V> | undefined {
    const span = this.#span;
    if (this.#index >= span.count) {
      if (this.#at !== span.end)
        throw this.#corrupt(`${span.end - this.#at} bytes are left over after its ${span.count} records`);
      return undefined;
    }
    const bytes = span.bytes.all;
    let p = this.#at;
    let byte = bytes[p++]!;
    let n = byte & 127;
    for (let shift = 7; byte > 127; shift += 7) {
      if (shift > 28) throw this.#corrupt("a record's length has more than 32 bits");
      byte = bytes[p++]!;
      n |= (byte & 127) << shift;
    }
    const length = (n >>> 1) ^ -(n & 1);
    const end = p + length;
    if (length < 6 || end > span.end)
      throw this.#corrupt(`a record says that it has ${length} bytes, but only ${span.end - p} follow`);
    p++; // attributes: none are defined
    let timestampDelta: number;
    byte = bytes[p++]!;
    if (byte < 128) timestampDelta = (byte >>> 1) ^ -(byte & 1);
    else if (bytes[p]! < 128) {
      n = (byte & 127) | (bytes[p++]! << 7);
      timestampDelta = (n >>> 1) ^ -(n & 1);
    } else {
      const slow = this.#longAt(p - 1);
      timestampDelta = slow[0];
      p = slow[1];
    }
    byte = bytes[p++]!;
    n = byte & 127;
    for (let shift = 7; byte > 127; shift += 7) {
      if (shift > 28) throw this.#corrupt("an offset delta has more than 32 bits");
      byte = bytes[p++]!;
      n |= (byte & 127) << shift;
    }
    const offsetDelta = (n >>> 1) ^ -(n & 1);
    byte = bytes[p++]!;
    n = byte & 127;
    for (let shift = 7; byte > 127; shift += 7) {
      if (shift > 28) throw this.#corrupt("a key's length has more than 32 bits");
      byte = bytes[p++]!;
      n |= (byte & 127) << shift;
    }
    const keyLength = (n >>> 1) ^ -(n & 1);
    const keyStart = p;
    if (keyLength > 0) p += keyLength;
    byte = bytes[p++]!;
    n = byte & 127;
    for (let shift = 7; byte > 127; shift += 7) {
      if (shift > 28) throw this.#corrupt("a value's length has more than 32 bits");
      byte = bytes[p++]!;
      n |= (byte & 127) << shift;
    }
    const valueLength = (n >>> 1) ^ -(n & 1);
    const valueEnd = valueLength > 0 ? p + valueLength : p;
    if (keyLength < -1 || valueLength < -1 || valueEnd >= end || offsetDelta < 0 || offsetDelta > span.lastOffsetDelta)
      throw this.#corrupt(`record ${this.#index} is malformed`);
    this.#at = end;
    this.#index++;
    const timestamp = span.appendTimestamp >= 0 ? span.appendTimestamp : span.baseTimestamp + timestampDelta;
    const offset = span.baseOffset + offsetDelta;
    return new KafkaRecord<K, V>(span.origin, span.bytes, offset, timestamp, keyStart, keyLength, p, valueLength, end);
  }

  #longAt(at: number): readonly [value: number, next: number] {
    const reader = new ByteReader(this.#span.bytes.all, at, this.#span.end);
    try {
      return [reader.varlong(), reader.offset];
    } catch (error) {
      throw this.#corrupt(KafkaError.from(error).message);
    }
  }

  #corrupt(why: string): KafkaError {
    const { origin, baseOffset } = this.#span;
    return corrupt(origin, baseOffset, why);
  }
}

/** The error for a batch that cannot be read. */
export function corrupt(
  where: { readonly topic: string; readonly partition: number },
  baseOffset: number,
  why: string,
  cause?: unknown,
): KafkaError {
  return new KafkaError(
    "corrupt",
    `the batch at ${where.topic}-${where.partition} offset ${baseOffset} is corrupt: ${why}`,
    { topic: where.topic, partition: where.partition, offset: baseOffset, cause },
  );
}

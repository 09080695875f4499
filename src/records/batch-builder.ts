import { KafkaError } from "../errors/kafka-error.ts";
import type { Crc32c } from "../runtime/checksum.ts";
import type { Codec, CompressionType } from "../runtime/codec.ts";
import { crc32c } from "../wire/crc32c.ts";
import { inWords } from "../errors/words.ts";
import { isBytes } from "../wire/is-bytes.ts";
import { utf8Length, utf8Write } from "../wire/utf8.ts";
import { varintSize, varlongSize, writeVarint, writeVarlong } from "../wire/varint.ts";
import * as at from "./batch-layout.ts";
import type { Headers } from "./record.ts";

/** Up to this length a loop over bytes is faster than `set`, which has to set up a copy. */
const SHORT_BYTES = 24;
const INITIAL_BYTES = 16_384;

/** The fields that are written into a batch each time it is sent. */
export interface BatchStamp {
  /** The producer's id; −1 for a producer that is not idempotent. */
  readonly producerId: number;
  /** The producer's epoch; −1 for a producer that is not idempotent. */
  readonly producerEpoch: number;
  /** The sequence number of the first record; −1 for a producer that is not idempotent. */
  readonly baseSequence: number;
  /** Whether the batch is part of a transaction. Default false. */
  readonly isTransactional?: boolean;
}

/** How to compress a batch. The result is used only if it is smaller. */
export interface BatchCompression {
  /** The compression type, by Kafka's name. */
  readonly type: Exclude<CompressionType, "none">;
  /** The codec that compresses. */
  readonly codec: Pick<Codec, "compress">;
  /** The codec's level. Default: the codec's own. */
  readonly level?: number | undefined;
}

/** An encoded record: its parts are stored one after the other as in a batch, without their lengths. */
export interface PackedParts {
  readonly data: Uint8Array;
  /** The position of the key; value and headers follow it. */
  readonly start: number;
  /** The length in bytes; −1 for null. */
  readonly keyLength: number;
  /** The length in bytes; −1 for null. */
  readonly valueLength: number;
  /** The headers with their count, as {@link writeHeaders} wrote them; 0 if there are none. */
  readonly headersLength: number;
}

/**
 * Builds one record batch of magic 2. Records are encoded straight into one growing buffer: payload bytes are copied
 * once, and the exact size on the wire is always known. {@link seal} writes the header; {@link reset} makes the buffer
 * ready for the next batch.
 */
export class BatchBuilder {
  #bytes: Uint8Array;
  readonly #checksum: Crc32c;
  #at: number = at.HEADER_BYTES;
  #count = 0;
  #baseTimestamp = 0;
  #maxTimestamp = 0;
  #compressed: Uint8Array | undefined;
  #compressedType: CompressionType = "none";
  /** Whether one attempt has shown that compressing does not make the batch smaller. */
  #isIncompressible = false;

  /** `checksum` is the portable CRC-32C unless the platform has a faster one. */
  constructor(initialBytes: number = INITIAL_BYTES, checksum: Crc32c = crc32c) {
    this.#checksum = checksum;
    this.#bytes = new Uint8Array(initialBytes);
  }

  /** The number of records. */
  get count(): number {
    return this.#count;
  }

  /** The size on the wire before compression, header included. */
  get sizeInBytes(): number {
    return this.#at;
  }

  /** The size on the wire when it was last sealed: compressed if that was smaller. */
  get sealedBytes(): number {
    return this.#compressed?.length ?? this.#at;
  }

  /** The memory that the batch occupies, in bytes. */
  get capacity(): number {
    return this.#bytes.length;
  }

  /** The timestamp of the first record, in ms since the epoch. */
  get baseTimestamp(): number {
    return this.#baseTimestamp;
  }

  /** The highest timestamp, in ms since the epoch. */
  get maxTimestamp(): number {
    return this.#maxTimestamp;
  }

  /**
   * Appends a record unless the batch would grow beyond `maxBytes`. An empty batch takes a record of any size. Returns
   * the record's size in bytes, or 0 if it was not appended. Strings are written as UTF-8 without an intermediate copy.
   */
  tryAppend(
    key: Uint8Array | string | null,
    value: Uint8Array | string | null,
    headers: Headers | undefined,
    timestamp: number,
    maxBytes: number,
  ): number {
    const keyLength = lengthOf(key);
    const valueLength = lengthOf(value);
    const headerBytes = headers === undefined || headers.length === 0 ? 1 : headersSize(headers);
    const size = this.#begin(keyLength, valueLength, headerBytes, timestamp, maxBytes);
    if (size === 0) return 0;
    const bytes = this.#bytes;
    let p = writePayload(bytes, this.#at, key, keyLength);
    p = writePayload(bytes, p, value, valueLength);
    if (headers === undefined || headers.length === 0) bytes[p++] = 0;
    else p = writeHeaders(bytes, p, headers);
    this.#at = p;
    return size;
  }

  /** Like {@link tryAppend}, for a record that is already encoded. @internal */
  tryAppendPacked(record: PackedParts, timestamp: number, maxBytes: number): number {
    const { data, start, keyLength, valueLength, headersLength } = record;
    const size = this.#begin(keyLength, valueLength, headersLength === 0 ? 1 : headersLength, timestamp, maxBytes);
    if (size === 0) return 0;
    const bytes = this.#bytes;
    let from = start;
    let p = writeVarint(bytes, this.#at, keyLength);
    if (keyLength > 0) {
      p = copyBytes(bytes, p, data, from, keyLength);
      from += keyLength;
    }
    p = writeVarint(bytes, p, valueLength);
    if (valueLength > 0) {
      p = copyBytes(bytes, p, data, from, valueLength);
      from += valueLength;
    }
    if (headersLength === 0) bytes[p++] = 0;
    else p = copyBytes(bytes, p, data, from, headersLength);
    this.#at = p;
    return size;
  }

  /**
   * Writes what comes before a record's key and counts the record, unless it would make the batch too large. Returns
   * the record's size, or 0.
   */
  #begin(keyLength: number, valueLength: number, headerBytes: number, timestamp: number, maxBytes: number): number {
    const count = this.#count;
    const timestampDelta = count === 0 ? 0 : timestamp - this.#baseTimestamp;
    const body =
      1 +
      varlongSize(timestampDelta) +
      varintSize(count) +
      varintSize(keyLength) +
      (keyLength > 0 ? keyLength : 0) +
      varintSize(valueLength) +
      (valueLength > 0 ? valueLength : 0) +
      headerBytes;
    const size = varintSize(body) + body;
    if (this.#at + size > maxBytes && count > 0) return 0;
    if (this.#at + size > this.#bytes.length) this.#grow(this.#at + size);
    if (count === 0) {
      this.#baseTimestamp = timestamp;
      this.#maxTimestamp = timestamp;
    } else if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp;
    const bytes = this.#bytes;
    let p = writeVarint(bytes, this.#at, body);
    bytes[p++] = 0;
    p =
      timestampDelta < 64 && timestampDelta >= 0
        ? writeSmall(bytes, p, timestampDelta << 1)
        : writeVarlong(bytes, p, timestampDelta);
    this.#at = writeVarint(bytes, p, count);
    this.#count = count + 1;
    return size;
  }

  /**
   * The finished batch: a view that is valid until {@link reset}. Compresses once, and only if that makes it smaller.
   * Sealing again with another epoch or sequence writes a new header and checksum, and does not compress again.
   */
  seal(stamp: BatchStamp, compression?: BatchCompression): Uint8Array {
    if (this.#count === 0) throw new KafkaError("internal", "an empty batch cannot be sealed");
    if (compression !== undefined) this.compress(compression);
    const batch = this.#compressed ?? this.#bytes.subarray(0, this.#at);
    const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
    const codec = this.#compressed === undefined ? 0 : at.COMPRESSION_TYPES.indexOf(this.#compressedType);
    at.writeInt64(view, at.BASE_OFFSET, 0);
    view.setInt32(at.BATCH_LENGTH, batch.length - at.LOG_OVERHEAD);
    view.setInt32(at.PARTITION_LEADER_EPOCH, -1);
    view.setInt8(at.MAGIC, 2);
    view.setInt16(at.ATTRIBUTES, codec | (stamp.isTransactional === true ? at.TRANSACTIONAL : 0));
    view.setInt32(at.LAST_OFFSET_DELTA, this.#count - 1);
    at.writeInt64(view, at.BASE_TIMESTAMP, this.#baseTimestamp);
    at.writeInt64(view, at.MAX_TIMESTAMP, this.#maxTimestamp);
    at.writeInt64(view, at.PRODUCER_ID, stamp.producerId);
    view.setInt16(at.PRODUCER_EPOCH, stamp.producerEpoch);
    view.setInt32(at.BASE_SEQUENCE, stamp.baseSequence);
    view.setInt32(at.RECORD_COUNT, this.#count);
    view.setUint32(at.CRC, this.#checksum(batch, at.ATTRIBUTES, batch.length));
    return batch;
  }

  /** The uncompressed records, for callers that want to read them again; valid until {@link reset}. */
  get recordBytes(): Uint8Array {
    return this.#bytes.subarray(at.HEADER_BYTES, this.#at);
  }

  /**
   * Removes the records and keeps the memory for the next batch. Call it only after the response has arrived, or after
   * the stream has closed and its write has settled.
   */
  reset(): void {
    this.#at = at.HEADER_BYTES;
    this.#count = 0;
    this.#compressed = undefined;
    this.#isIncompressible = false;
  }

  /** Compresses the records once; {@link seal} calls it if needed. Throws the codec's error. */
  compress(compression: BatchCompression): void {
    if (this.#compressed !== undefined || this.#isIncompressible) return;
    const body = compression.codec.compress(this.#bytes.subarray(at.HEADER_BYTES, this.#at), compression.level);
    if (!isBytes(body))
      throw new KafkaError(
        "config",
        `compress() of the codec returned ${inWords(body)}; it takes bytes and returns bytes, at once`,
      );
    this.#isIncompressible = at.HEADER_BYTES + body.length >= this.#at;
    if (this.#isIncompressible) return;
    const batch = new Uint8Array(at.HEADER_BYTES + body.length);
    batch.set(body, at.HEADER_BYTES);
    this.#compressed = batch;
    this.#compressedType = compression.type;
  }

  #grow(needed: number): void {
    const { length } = this.#bytes;
    let size = length < INITIAL_BYTES ? length * 4 : length * 2;
    while (size < needed) size *= 2;
    const bigger = new Uint8Array(size);
    bigger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = bigger;
  }
}

/** The most that a record can take in any batch. Known before a batch has been chosen. */
export function recordSizeUpperBound(
  key: Uint8Array | string | null,
  value: Uint8Array | string | null,
  headers: Headers | undefined,
): number {
  return (
    36 + Math.max(0, lengthOf(key)) + Math.max(0, lengthOf(value)) + (headers === undefined ? 0 : headersSize(headers))
  );
}

function lengthOf(part: Uint8Array | string | null): number {
  return part === null ? -1 : typeof part === "string" ? utf8Length(part) : part.length;
}

function writeSmall(bytes: Uint8Array, p: number, value: number): number {
  bytes[p] = value;
  return p + 1;
}

function writePayload(bytes: Uint8Array, p: number, part: Uint8Array | string | null, length: number): number {
  p = writeVarint(bytes, p, length);
  if (length <= 0) return p;
  if (typeof part === "string") return utf8Write(part, bytes, p);
  const source = part as Uint8Array;
  if (length <= SHORT_BYTES) for (let i = 0; i < length; i++) bytes[p + i] = source[i]!;
  else bytes.set(source, p);
  return p + length;
}

function copyBytes(bytes: Uint8Array, p: number, source: Uint8Array, from: number, length: number): number {
  if (length <= SHORT_BYTES) for (let i = 0; i < length; i++) bytes[p + i] = source[from + i]!;
  else bytes.set(source.subarray(from, from + length), p);
  return p + length;
}

/** The size of headers in a record, their count included. */
export function headersSize(headers: Headers): number {
  let size = varintSize(headers.length);
  for (const [name, value] of headers) {
    const nameLength = utf8Length(name);
    size +=
      varintSize(nameLength) +
      nameLength +
      varintSize(value === null ? -1 : value.length) +
      (value === null ? 0 : value.length);
  }
  return size;
}

/**
 * Writes headers in a record's format; there must be room for {@link headersSize} bytes. Returns the position after
 * them.
 */
export function writeHeaders(bytes: Uint8Array, p: number, headers: Headers): number {
  p = writeVarint(bytes, p, headers.length);
  for (const [name, value] of headers) {
    p = writePayload(bytes, p, name, utf8Length(name));
    p = writePayload(bytes, p, value, value === null ? -1 : value.length);
  }
  return p;
}

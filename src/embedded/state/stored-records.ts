import * as at from "../../records/batch-layout.ts";
import { portableCodecs } from "../../records/compression.ts";
import { decompressed } from "../../records/decompress.ts";
import { RecordBatch } from "../../records/record-batch.ts";
import { crc32c } from "../../wire/crc32c.ts";
import { varintSize, varlongSize, writeVarint, writeVarlong } from "../../wire/varint.ts";
import { brokerReadSettings } from "./broker-read-settings.ts";

/** A record in the payload of a stored batch, by its position. */
export interface StoredRecord {
  readonly timestamp: number;
  readonly offsetDelta: number;
  /** The key as text with one character a byte, to compare it; null if the record has none. */
  readonly key: string | null;
  /** The record deletes its key. */
  readonly isTombstone: boolean;
  /** The position of the key's length; everything from here on stays as it is when the record is written again. */
  readonly from: number;
  /** The position after the record. */
  readonly to: number;
}

/** The records of a batch that was checked when it was appended, and the bytes in which they are. */
export interface UnpackedBatch {
  readonly payload: Uint8Array;
  readonly records: readonly StoredRecord[];
}

/** Reads the records of a batch in the log. */
export function unpackBatch(bytes: Uint8Array): UnpackedBatch {
  const settings = brokerReadSettings();
  const batch = new RecordBatch(bytes, 0, bytes.length, settings);
  const { codec } = batch;
  const packed = bytes.subarray(at.HEADER_BYTES);
  const isPlain = codec === "none" || packed.length === 0;
  const payload = isPlain ? packed : decompressed(settings, batch.baseOffset, codec, packed);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const baseTimestamp = at.readInt64(view, at.BASE_TIMESTAMP);
  const records: StoredRecord[] = [];
  const cursor = new Varints(payload);
  for (let i = 0; i < batch.count; i++) {
    const length = cursor.next();
    const to = cursor.at + length;
    cursor.at++; // attributes: none are defined
    const timestamp = baseTimestamp + cursor.next();
    const offsetDelta = cursor.next();
    const from = cursor.at;
    const keyLength = cursor.next();
    const keyAt = cursor.at;
    if (keyLength > 0) cursor.at += keyLength;
    const isTombstone = cursor.next() < 0;
    records.push({ timestamp, offsetDelta, key: keyText(payload, keyAt, keyLength), isTombstone, from, to });
    cursor.at = to;
  }
  return { payload, records };
}

/**
 * The batch with these records only, which keep their offsets. `horizonMs`: when tombstones in it may be removed
 * (KIP-534); undefined if it has none.
 */
export function packBatch(
  original: Uint8Array,
  payload: Uint8Array,
  records: readonly StoredRecord[],
  horizonMs: number | undefined,
): Uint8Array {
  const header = new DataView(original.buffer, original.byteOffset, original.byteLength);
  const attributes = header.getInt16(at.ATTRIBUTES);
  const isAppendTime = (attributes & at.LOG_APPEND_TIME) !== 0;
  const baseTimestamp = horizonMs ?? records[0]?.timestamp ?? -1;
  const body = joinedRecords(payload, records, baseTimestamp);
  const type = records.length === 0 ? "none" : (at.COMPRESSION_TYPES[attributes & at.COMPRESSION_MASK] ?? "none");
  const packed = type === "none" ? body : portableCodecs()[type].compress(body);
  const bytes = new Uint8Array(at.HEADER_BYTES + packed.length);
  bytes.set(original.subarray(0, at.HEADER_BYTES));
  bytes.set(packed, at.HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setInt32(at.BATCH_LENGTH, bytes.length - at.LOG_OVERHEAD);
  view.setInt16(
    at.ATTRIBUTES,
    (attributes & ~(at.COMPRESSION_MASK | at.DELETE_HORIZON)) |
      at.COMPRESSION_TYPES.indexOf(type) |
      (horizonMs === undefined ? 0 : at.DELETE_HORIZON),
  );
  at.writeInt64(view, at.BASE_TIMESTAMP, baseTimestamp);
  if (!isAppendTime && records.length > 0)
    at.writeInt64(
      view,
      at.MAX_TIMESTAMP,
      records.reduce((most, { timestamp }) => Math.max(most, timestamp), -1),
    );
  view.setInt32(at.RECORD_COUNT, records.length);
  view.setUint32(at.CRC, crc32c(bytes, at.ATTRIBUTES, bytes.length));
  return bytes;
}

function joinedRecords(payload: Uint8Array, records: readonly StoredRecord[], baseTimestamp: number): Uint8Array {
  const sizes = records.map(
    ({ timestamp, offsetDelta, from, to }) =>
      1 + varlongSize(timestamp - baseTimestamp) + varintSize(offsetDelta) + (to - from),
  );
  const bytes = new Uint8Array(sizes.reduce((sum, size) => sum + varintSize(size) + size, 0));
  let p = 0;
  for (const [i, { timestamp, offsetDelta, from, to }] of records.entries()) {
    p = writeVarint(bytes, p, sizes[i] ?? 0) + 1;
    p = writeVarlong(bytes, p, timestamp - baseTimestamp);
    p = writeVarint(bytes, p, offsetDelta);
    bytes.set(payload.subarray(from, to), p);
    p += to - from;
  }
  return bytes;
}

function keyText(payload: Uint8Array, start: number, length: number): string | null {
  if (length < 0) return null;
  let text = "";
  for (let i = start; i < start + length; i++) text += String.fromCharCode(payload[i] ?? 0);
  return text;
}

/** Reads zig-zag integers of up to 64 bits, as doubles, from bytes that are known to be sound. */
class Varints {
  readonly #bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  next(): number {
    let n = 0;
    let scale = 1;
    let byte: number;
    do {
      byte = this.#bytes[this.at++] ?? 0;
      n += (byte & 127) * scale;
      scale *= 128;
    } while (byte > 127);
    return n % 2 === 0 ? n / 2 : -(n + 1) / 2;
  }
}

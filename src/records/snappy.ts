import { KafkaError } from "../errors/kafka-error.ts";
import type { Codec } from "../runtime/codec.ts";
import { BoundedOutput, copyLiterals, copyMatch } from "./bounded-output.ts";

/**
 * `\x82SNAPPY\0`, then the version that wrote it and the oldest version that can read it: the framing of snappy-java
 * (xerial).
 */
const XERIAL_HEADER: readonly number[] = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1];
const XERIAL_MAGIC_BYTES = 8;
/** With this block size, offsets fit into two bytes. */
const BLOCK_BYTES = 65_536;
const HASH_BITS = 14;
/** Three bytes give at most 64. A larger announced size is false, and is detected before memory is allocated for it. */
const MOST_PER_BYTE = 22;

/**
 * Snappy in plain TypeScript. Writes snappy-java's framing, which Kafka's own clients expect. Reads that framing and
 * the raw format. Snappy has no levels.
 */
export const portableSnappy: Codec = {
  compress: compressSnappy,
  decompress(bytes, maxBytes) {
    const out = new BoundedOutput(bytes.length, maxBytes);
    if (!isXerial(bytes, 0)) readBlock(bytes, 0, bytes.length, out);
    else {
      for (let p = 0; p < bytes.length;) {
        // Several streams may follow each other, each with a header.
        if (isXerial(bytes, p)) p += XERIAL_HEADER.length;
        if (p === bytes.length) break;
        if (p + 4 > bytes.length) throw new KafkaError("corrupt", "a snappy block has no length");
        const length = ((bytes[p]! << 24) | (bytes[p + 1]! << 16) | (bytes[p + 2]! << 8) | bytes[p + 3]!) >>> 0;
        p += 4;
        if (length > bytes.length - p)
          throw new KafkaError(
            "corrupt",
            `a snappy block says that it has ${length} bytes, but only ${bytes.length - p} follow`,
          );
        readBlock(bytes, p, p + length, out);
        p += length;
      }
    }
    return out.finish();
  },
};

function isXerial(bytes: Uint8Array, at: number): boolean {
  if (bytes.length - at < XERIAL_HEADER.length) return false;
  for (let i = 0; i < XERIAL_MAGIC_BYTES; i++) if (bytes[at + i] !== XERIAL_HEADER[i]) return false;
  return true;
}

/** The decompressed size: the sum of the lengths at the start of each block. Undefined if they are malformed. */
export function snappySize(bytes: Uint8Array): number | undefined {
  if (!isXerial(bytes, 0)) return blockSize(bytes, 0);
  let size = 0;
  for (let p = 0; p < bytes.length;) {
    if (isXerial(bytes, p)) p += XERIAL_HEADER.length;
    if (p === bytes.length) break;
    const block = blockSize(bytes, p + 4);
    if (block === undefined) return undefined;
    size += block;
    p += 4 + (((bytes[p]! << 24) | (bytes[p + 1]! << 16) | (bytes[p + 2]! << 8) | bytes[p + 3]!) >>> 0);
  }
  return size;
}

function blockSize(bytes: Uint8Array, p: number): number | undefined {
  let length = 0;
  for (let shift = 0; p < bytes.length && shift <= 28; shift += 7) {
    const byte = bytes[p++]!;
    length += (byte & 127) * (1 << shift);
    if (byte < 128) return length;
  }
  return undefined;
}

function readBlock(bytes: Uint8Array, start: number, end: number, out: BoundedOutput): void {
  let p = start;
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    if (p >= end || shift > 28) throw new KafkaError("corrupt", "a snappy block's length is malformed");
    const byte = bytes[p++]!;
    length += (byte & 127) * (1 << shift);
    if (byte < 128) break;
  }
  if (length > (end - p) * MOST_PER_BYTE)
    throw new KafkaError(
      "corrupt",
      `a snappy block says that its ${end - p} bytes decompress to ${length}, which is impossible`,
    );
  out.reserve(length);
  const to = out.bytes;
  const first = out.length;
  const limit = first + length;
  let op = first;
  while (p < end) {
    const tag = bytes[p++]!;
    let size = tag >>> 2;
    if ((tag & 3) === 0) {
      if (size >= 60) {
        const more = size - 59;
        size =
          bytes[p]! |
          (more > 1 ? bytes[p + 1]! << 8 : 0) |
          (more > 2 ? bytes[p + 2]! << 16 : 0) |
          (more > 3 ? bytes[p + 3]! << 24 : 0);
        p += more;
      }
      size++;
      if (size <= 0 || size > end - p || size > limit - op)
        throw new KafkaError("corrupt", "a snappy literal is longer than its block");
      op = copyLiterals(bytes, p, to, op, size);
      p += size;
      continue;
    }
    let distance: number;
    if ((tag & 3) === 1) {
      size = (size & 7) + 4;
      distance = ((tag & 0xe0) << 3) | bytes[p++]!;
    } else {
      size++;
      distance = bytes[p]! | (bytes[p + 1]! << 8);
      p += 2;
      if ((tag & 3) === 3) {
        distance |= (bytes[p]! << 16) | (bytes[p + 1]! << 24);
        p += 2;
      }
    }
    if (p > end || distance <= 0 || distance > op - first || size > limit - op)
      throw new KafkaError("corrupt", "a snappy copy reaches out of its block");
    op = copyMatch(to, op, distance, size);
  }
  if (op !== limit)
    throw new KafkaError("corrupt", `a snappy block says that it has ${length} bytes, and has ${op - first}`);
  out.length = op;
}

/** Writes blocks of 64 KiB in the framing of snappy-java. */
export function compressSnappy(bytes: Uint8Array): Uint8Array {
  const blocks = Math.max(1, Math.ceil(bytes.length / BLOCK_BYTES));
  const out = new Uint8Array(XERIAL_HEADER.length + bytes.length + Math.ceil(bytes.length / 6) + blocks * 40);
  out.set(XERIAL_HEADER);
  let op = XERIAL_HEADER.length;
  const table = new Uint16Array(1 << HASH_BITS);
  for (let start = 0; start < bytes.length; start += BLOCK_BYTES) {
    const end = Math.min(start + BLOCK_BYTES, bytes.length);
    if (start > 0) table.fill(0);
    let p = op + 4;
    for (let n = end - start; ; n >>>= 7) {
      if (n < 128) {
        out[p++] = n;
        break;
      }
      out[p++] = (n & 127) | 128;
    }
    p = writeBlock(bytes, start, end, out, p, table);
    const length = p - op - 4;
    out[op] = length >>> 24;
    out[op + 1] = length >>> 16;
    out[op + 2] = length >>> 8;
    out[op + 3] = length;
    op = p;
  }
  return out.subarray(0, op);
}

function writeBlock(
  from: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  at: number,
  table: Uint16Array,
): number {
  let op = at;
  let anchor = start;
  const last = end - 15;
  let i = start + 1;
  while (i < last) {
    const word = from[i]! | (from[i + 1]! << 8) | (from[i + 2]! << 16) | (from[i + 3]! << 24);
    const hash = Math.imul(word, 0x1e35a7bd) >>> (32 - HASH_BITS);
    const candidate = start + table[hash]!;
    table[hash] = i - start;
    if (
      from[candidate] !== from[i] ||
      candidate >= i ||
      from[candidate + 1] !== from[i + 1] ||
      from[candidate + 2] !== from[i + 2] ||
      from[candidate + 3] !== from[i + 3]
    ) {
      // Without matches the steps get longer, so that incompressible data costs little.
      i += 1 + ((i - anchor) >> 5);
      continue;
    }
    let length = 4;
    while (i + length < end && from[candidate + length] === from[i + length]) length++;
    if (i > anchor) op = writeLiteral(from, anchor, i - anchor, out, op);
    op = writeCopy(out, op, i - candidate, length);
    i += length;
    anchor = i;
    if (i < last)
      table[
        Math.imul(from[i - 2]! | (from[i - 1]! << 8) | (from[i]! << 16) | (from[i + 1]! << 24), 0x1e35a7bd) >>>
          (32 - HASH_BITS)
      ] = i - 2 - start;
  }
  return anchor < end ? writeLiteral(from, anchor, end - anchor, out, op) : op;
}

function writeLiteral(from: Uint8Array, at: number, length: number, out: Uint8Array, op: number): number {
  const n = length - 1;
  if (n < 60) out[op++] = n << 2;
  else if (n < 256) {
    out[op++] = 60 << 2;
    out[op++] = n;
  } else {
    out[op++] = 61 << 2;
    out[op++] = n;
    out[op++] = n >>> 8;
  }
  return copyLiterals(from, at, out, op, length);
}

function writeCopy(out: Uint8Array, op: number, distance: number, length: number): number {
  while (length > 64) {
    // The rest must be a whole copy: at least four bytes.
    const step = length >= 68 ? 64 : 60;
    out[op++] = ((step - 1) << 2) | 2;
    out[op++] = distance;
    out[op++] = distance >>> 8;
    length -= step;
  }
  if (length < 12 && distance < 2048) {
    out[op++] = ((distance >>> 8) << 5) | ((length - 4) << 2) | 1;
    out[op++] = distance;
    return op;
  }
  out[op++] = ((length - 1) << 2) | 2;
  out[op++] = distance;
  out[op++] = distance >>> 8;
  return op;
}

import { KafkaError } from "../errors/kafka-error.ts";
import { type BoundedOutput, copyLiterals, copyMatch } from "./bounded-output.ts";
import type { MatchFinder } from "./match-finder.ts";

const MIN_MATCH = 4;
/** Rules of the format: a block ends with five literals, and no match starts within its last twelve bytes. */
const LAST_LITERALS = 5;
const LAST_MATCH_START = 12;

const TOO_LARGE = "an LZ4 block is larger than its frame says";

/**
 * Reads the block between `p` and `end`. Matches may reach back to `first`; writing stops at `ceiling`. The output
 * grows as needed: most blocks are much smaller than their frame allows, and some writers allow 4 MiB.
 */
export function readLz4Block(
  bytes: Uint8Array,
  p: number,
  end: number,
  out: BoundedOutput,
  first: number,
  ceiling: number,
): void {
  let to = out.bytes;
  let room = out.end(ceiling);
  let op = out.length;
  while (p < end) {
    const token = bytes[p++]!;
    let length = token >>> 4;
    if (length === 15) {
      for (let more = 255; more === 255; length += more) {
        if (p >= end) throw new KafkaError("corrupt", "an LZ4 block is cut off");
        more = bytes[p++]!;
      }
    }
    if (length > end - p) throw new KafkaError("corrupt", "an LZ4 literal is longer than its block");
    if (length > room - op) {
      room = out.extend(op, length, ceiling, TOO_LARGE);
      to = out.bytes;
    }
    op = copyLiterals(bytes, p, to, op, length);
    p += length;
    if (p === end) break; // the last sequence has no match
    const distance = bytes[p]! | (bytes[p + 1]! << 8);
    p += 2;
    length = (token & 15) + MIN_MATCH;
    if (length === 15 + MIN_MATCH) {
      for (let more = 255; more === 255; length += more) {
        if (p >= end) throw new KafkaError("corrupt", "an LZ4 block is cut off");
        more = bytes[p++]!;
      }
    }
    if (p > end || distance === 0 || distance > op - first)
      throw new KafkaError("corrupt", "an LZ4 match reaches out of its block");
    if (length > room - op) {
      room = out.extend(op, length, ceiling, TOO_LARGE);
      to = out.bytes;
    }
    op = copyMatch(to, op, distance, length);
  }
  out.length = op;
}

/** The decompressed size of a block, as {@link readLz4Block} would produce it. */
export function lz4BlockSize(bytes: Uint8Array, p: number, end: number): number {
  let size = 0;
  while (p < end) {
    const token = bytes[p++]!;
    let literals = token >>> 4;
    if (literals === 15) for (let more = 255; more === 255 && p < end; literals += more) more = bytes[p++]!;
    size += literals;
    p += literals;
    if (p >= end) break;
    p += 2;
    let match = (token & 15) + MIN_MATCH;
    if (match === 15 + MIN_MATCH) for (let more = 255; more === 255 && p < end; match += more) more = bytes[p++]!;
    size += match;
  }
  return size;
}

const LEAST_HASH_BITS = 8;
const MOST_HASH_BITS = 13;
const HASH_FACTOR = 0x9e3779b1;

/**
 * A table for {@link writeFastLz4Block}: the last position of each hash, relative to the block's start. A small input
 * gets a small table: clearing 16 KiB would cost a batch of a few records more than compressing it.
 */
export function fastTable(inputBytes: number): Uint16Array {
  const bits = 32 - Math.clz32(Math.max(0, inputBytes - 1));
  return new Uint16Array(1 << Math.max(LEAST_HASH_BITS, Math.min(MOST_HASH_BITS, bits)));
}

/**
 * Writes bytes `start` to `end`, at most 64 KiB, as an independent block at `op`. It tries one candidate per match. The
 * table must be all zeros. Returns the end of the block, or −1 if it would not be smaller. The views are of `bytes` and
 * `out`: reading one word costs a third of combining four bytes.
 */
export function writeFastLz4Block(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  out: Uint8Array,
  outView: DataView,
  op: number,
  table: Uint16Array,
): number {
  const limit = op + (end - start);
  const lastStart = end - LAST_MATCH_START;
  const matchEnd = end - LAST_LITERALS;
  const shift = Math.clz32(table.length) + 1;
  let anchor = start;
  for (let i = start + 1; i <= lastStart;) {
    const word = view.getInt32(i, true);
    const hash = Math.imul(word, HASH_FACTOR) >>> shift;
    const place = start + table[hash]!;
    table[hash] = i - start;
    if (view.getInt32(place, true) !== word) {
      // Without matches the steps get longer, so that incompressible data costs little.
      i += 1 + ((i - anchor) >> 6);
      continue;
    }
    const length = matchLength(view, place, i, matchEnd);
    const literals = i - anchor;
    if (literals < 15 && length < 15 + MIN_MATCH && op + 19 < limit) {
      // The common case is copied in words. Bytes written too far are overwritten later, and there is room for them.
      out[op++] = (literals << 4) | (length - MIN_MATCH);
      for (let k = 0; k < literals; k += 4) outView.setInt32(op + k, view.getInt32(anchor + k, true), true);
      op += literals;
      outView.setUint16(op, i - place, true);
      op += 2;
    } else {
      op = writeMatch(bytes, anchor, i, out, op, limit, length, i - place);
      if (op < 0) return -1;
    }
    i += length;
    anchor = i;
    // Also remember the position just before the next one: repetitions with small changes are found there.
    if (i <= lastStart) table[Math.imul(view.getInt32(i - 2, true), HASH_FACTOR) >>> shift] = i - 2 - start;
  }
  return writeLast(bytes, anchor, end, out, op, limit);
}

/** The length of the match at `place` and `i`, whose first four bytes are equal. Compares four bytes at a time. */
function matchLength(view: DataView, place: number, i: number, end: number): number {
  let p = i + MIN_MATCH;
  const distance = i - place;
  for (const last = end - 4; p <= last; p += 4) {
    const differ = view.getInt32(p, true) ^ view.getInt32(p - distance, true);
    // The lowest differing bit lies in the first differing byte.
    if (differ !== 0) return p - i + ((31 - Math.clz32(differ & -differ)) >> 3);
  }
  while (p < end && view.getInt8(p) === view.getInt8(p - distance)) p++;
  return p - i;
}

/** Like {@link writeFastLz4Block}, with a finder that tries as many candidates as its depth says. */
export function writeLz4Block(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  op: number,
  finder: MatchFinder,
): number {
  const limit = op + (end - start);
  const lastStart = end - LAST_MATCH_START;
  const matchEnd = end - LAST_LITERALS;
  let anchor = start;
  finder.skipTo(start);
  for (let i = start; i <= lastStart;) {
    const length = finder.find(i, matchEnd, start);
    if (length < MIN_MATCH) {
      i += 1 + ((i - anchor) >> 6);
      finder.skipTo(i);
      continue;
    }
    op = writeMatch(bytes, anchor, i, out, op, limit, length, finder.distance);
    if (op < 0) return -1;
    i += length;
    anchor = i;
    finder.matched(i);
  }
  return writeLast(bytes, anchor, end, out, op, limit);
}

/** Writes the literals from `anchor` to `i` and a match. Returns −1 if that would exceed `limit`. */
function writeMatch(
  bytes: Uint8Array,
  anchor: number,
  i: number,
  out: Uint8Array,
  op: number,
  limit: number,
  length: number,
  distance: number,
): number {
  const literals = i - anchor;
  if (op + literals + 8 + ((literals + length) >> 7) >= limit) return -1;
  op = writeLiterals(bytes, anchor, literals, out, op, length - MIN_MATCH);
  out[op++] = distance;
  out[op++] = distance >>> 8;
  return length >= 15 + MIN_MATCH ? writeLength(out, op, length - MIN_MATCH - 15) : op;
}

function writeLast(bytes: Uint8Array, anchor: number, end: number, out: Uint8Array, op: number, limit: number): number {
  const literals = end - anchor;
  return op + literals + 4 + (literals >> 7) >= limit ? -1 : writeLiterals(bytes, anchor, literals, out, op, 0);
}

function writeLiterals(
  bytes: Uint8Array,
  anchor: number,
  literals: number,
  out: Uint8Array,
  op: number,
  matchCode: number,
): number {
  out[op++] = (Math.min(literals, 15) << 4) | Math.min(matchCode, 15);
  if (literals >= 15) op = writeLength(out, op, literals - 15);
  return copyLiterals(bytes, anchor, out, op, literals);
}

function writeLength(out: Uint8Array, op: number, rest: number): number {
  for (; rest >= 255; rest -= 255) out[op++] = 255;
  out[op++] = rest;
  return op;
}

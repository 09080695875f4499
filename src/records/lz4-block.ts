import { KafkaError } from "../errors/kafka-error.ts";
import { type BoundedOutput, copyLiterals, copyMatch } from "./bounded-output.ts";
import type { MatchFinder } from "./match-finder.ts";

const MIN_MATCH = 4;
/** The format's own rules: a block ends with five literals, and no match starts within its last twelve bytes. */
const LAST_LITERALS = 5;
const LAST_MATCH_START = 12;
const MAX_DISTANCE = 65_535;

/** Reads the block between `p` and `end`; matches may reach back to `first`, and writing stops at `limit`. */
export function readLz4Block(bytes: Uint8Array, p: number, end: number, out: BoundedOutput, first: number, limit: number): void {
  const to = out.bytes;
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
    if (length > limit - op) throw out.beyond("an LZ4 block is larger than its frame says");
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
    if (p > end || distance === 0 || distance > op - first) throw new KafkaError("corrupt", "an LZ4 match reaches out of its block");
    if (length > limit - op) throw out.beyond("an LZ4 block is larger than its frame says");
    op = copyMatch(to, op, distance, length);
  }
  out.length = op;
}

/** Writes bytes `start` to `end` as an independent block at `op`; answers where it ends, or −1 where it is not smaller. */
export function writeLz4Block(bytes: Uint8Array, start: number, end: number, out: Uint8Array, op: number, finder: MatchFinder): number {
  const limit = op + (end - start);
  const lastStart = end - LAST_MATCH_START;
  const matchEnd = end - LAST_LITERALS;
  let anchor = start;
  finder.skipTo(start);
  for (let i = start; i <= lastStart; ) {
    const length = finder.find(i, matchEnd, start);
    if (length < MIN_MATCH || finder.distance > MAX_DISTANCE) {
      // The longer nothing is found, the longer the steps: what cannot be compressed costs little.
      i += 1 + ((i - anchor) >> 6);
      finder.skipTo(i);
      continue;
    }
    const literals = i - anchor;
    if (op + literals + 8 + ((literals + length) >> 7) >= limit) return -1;
    op = writeSequence(bytes, anchor, literals, out, op, length - MIN_MATCH);
    out[op++] = finder.distance;
    out[op++] = finder.distance >>> 8;
    if (length >= 15 + MIN_MATCH) op = writeLength(out, op, length - MIN_MATCH - 15);
    i += length;
    anchor = i;
    finder.matched(i);
  }
  const literals = end - anchor;
  if (op + literals + 4 + (literals >> 7) >= limit) return -1;
  return writeSequence(bytes, anchor, literals, out, op, 0);
}

function writeSequence(bytes: Uint8Array, anchor: number, literals: number, out: Uint8Array, op: number, matchCode: number): number {
  out[op++] = (Math.min(literals, 15) << 4) | Math.min(matchCode, 15);
  if (literals >= 15) op = writeLength(out, op, literals - 15);
  return copyLiterals(bytes, anchor, out, op, literals);
}

function writeLength(out: Uint8Array, op: number, rest: number): number {
  for (; rest >= 255; rest -= 255) out[op++] = 255;
  out[op++] = rest;
  return op;
}

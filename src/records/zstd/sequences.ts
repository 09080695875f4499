import { KafkaError } from "../../errors/kafka-error.ts";
import { type BoundedOutput, copyLiterals, copyMatch } from "../bounded-output.ts";
import { bitsAt, markedEnd } from "./bits.ts";
import { type FseTable, decodingTable, readCounts, singleSymbolTable } from "./fse.ts";
import type { Literals } from "./literals.ts";
import { type CodeKind, LITERAL_LENGTHS, MATCH_LENGTHS, OFFSETS } from "./tables.ts";

const PREDEFINED = 0;
const RLE = 1;
const FSE = 2;

/** The state that carries over between the blocks of a frame: the tables, and the last three distances. */
export interface SequenceState {
  lengths: FseTable | undefined;
  offsets: FseTable | undefined;
  matches: FseTable | undefined;
  readonly recent: [number, number, number];
}

const cutOff = (): KafkaError => new KafkaError("corrupt", "the sequences of a zstd block are cut off");

function tableFor(
  mode: number,
  codes: CodeKind,
  bytes: Uint8Array,
  view: DataView,
  p: number,
  end: number,
  before: FseTable | undefined,
): readonly [FseTable, next: number] {
  if (mode === PREDEFINED) return [codes.defaultTable, p];
  if (mode === RLE) {
    if (p >= end || bytes[p]! > codes.maxSymbol) throw cutOff();
    return [singleSymbolTable(bytes[p]!), p + 1];
  }
  if (mode === FSE) {
    const [counts, next] = readCounts(view, p, end, codes.maxSymbol, codes.maxLog);
    return [decodingTable(counts), next];
  }
  if (before === undefined)
    throw new KafkaError("corrupt", "a zstd block reuses a table, and no block before it has one");
  return [before, p];
}

const TOO_LARGE = "a zstd block is larger than it may be";

/**
 * Decodes the sequences between `p` and `end` and writes the output, up to `ceiling`. Matches may reach back to
 * `first`.
 */
export function readSequences(
  bytes: Uint8Array,
  view: DataView,
  p: number,
  end: number,
  literals: Literals,
  state: SequenceState,
  out: BoundedOutput,
  first: number,
  ceiling: number,
): void {
  if (p >= end) throw cutOff();
  let count = bytes[p++]!;
  if (count === 255) {
    count = bytes[p]! + (bytes[p + 1]! << 8) + 0x7f00;
    p += 2;
  } else if (count > 127) count = ((count - 128) << 8) + bytes[p++]!;
  let from = literals.start;
  const literalsEnd = literals.start + literals.length;
  if (count > 0) {
    if (p >= end) throw cutOff();
    const modes = bytes[p++]!;
    if ((modes & 3) !== 0) throw new KafkaError("corrupt", "a zstd block has reserved bits");
    [state.lengths, p] = tableFor(modes >> 6, LITERAL_LENGTHS, bytes, view, p, end, state.lengths);
    [state.offsets, p] = tableFor((modes >> 4) & 3, OFFSETS, bytes, view, p, end, state.offsets);
    [state.matches, p] = tableFor((modes >> 2) & 3, MATCH_LENGTHS, bytes, view, p, end, state.matches);
    from = execute(bytes, view, p, end, count, literals, state, out, first, ceiling);
  } else if (p !== end) throw cutOff();
  const rest = literalsEnd - from;
  out.extend(out.length, rest, ceiling, TOO_LARGE);
  out.length = copyLiterals(literals.bytes, from, out.bytes, out.length, rest);
}

/** Executes the sequences. Returns the position of the literals that are left. */
function execute(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  count: number,
  literals: Literals,
  state: SequenceState,
  out: BoundedOutput,
  first: number,
  ceiling: number,
): number {
  const { lengths, offsets, matches, recent } = state as Required<{
    [K in keyof SequenceState]: NonNullable<SequenceState[K]>;
  }>;
  const lowest = start * 8;
  let bit = markedEnd(bytes, start, end) - lengths.log - offsets.log - matches.log;
  if (bit < lowest) throw cutOff();
  let lengthEntry = lengths.entries[bitsAt(view, bit + offsets.log + matches.log) & ((1 << lengths.log) - 1)]!;
  let offsetEntry = offsets.entries[bitsAt(view, bit + matches.log) & ((1 << offsets.log) - 1)]!;
  let matchEntry = matches.entries[bitsAt(view, bit) & ((1 << matches.log) - 1)]!;
  let from = literals.start;
  let left = literals.length;
  let to = out.bytes;
  let room = out.end(ceiling);
  let op = out.length;
  for (let i = 0; i < count; i++) {
    const offsetBits = offsetEntry & 255;
    const matchCode = matchEntry & 255;
    const lengthCode = lengthEntry & 255;
    const matchBits = MATCH_LENGTHS.extra[matchCode]!;
    const literalBits = LITERAL_LENGTHS.extra[lengthCode]!;
    bit -= offsetBits + matchBits + literalBits;
    if (bit < lowest) throw cutOff();
    const value =
      offsetBits < 25
        ? (1 << offsetBits) + (bitsAt(view, bit + matchBits + literalBits) & ((1 << offsetBits) - 1))
        : farOffset(view, bit + matchBits + literalBits, offsetBits);
    let length = MATCH_LENGTHS.bases[matchCode]!;
    if (matchBits > 0) length += bitsAt(view, bit + literalBits) & ((1 << matchBits) - 1);
    let run = LITERAL_LENGTHS.bases[lengthCode]!;
    if (literalBits > 0) run += bitsAt(view, bit) & ((1 << literalBits) - 1);
    const distance = distanceOf(recent, value, run);
    if (i < count - 1) {
      const lengthNeed = (lengthEntry >>> 8) & 255;
      const matchNeed = (matchEntry >>> 8) & 255;
      const offsetNeed = (offsetEntry >>> 8) & 255;
      bit -= lengthNeed + matchNeed + offsetNeed;
      if (bit < lowest) throw cutOff();
      lengthEntry =
        lengths.entries[(lengthEntry >>> 16) + (bitsAt(view, bit + offsetNeed + matchNeed) & ((1 << lengthNeed) - 1))]!;
      const both = bitsAt(view, bit);
      matchEntry = matches.entries[(matchEntry >>> 16) + ((both >>> offsetNeed) & ((1 << matchNeed) - 1))]!;
      offsetEntry = offsets.entries[(offsetEntry >>> 16) + (both & ((1 << offsetNeed) - 1))]!;
    }
    if (run > left || distance < 1 || distance > op + run - first)
      throw new KafkaError("corrupt", "a zstd sequence reaches out of its frame");
    if (run + length > room - op) {
      room = out.extend(op, run + length, ceiling, TOO_LARGE);
      to = out.bytes;
    }
    op = copyLiterals(literals.bytes, from, to, op, run);
    from += run;
    left -= run;
    op = copyMatch(to, op, distance, length);
  }
  if (bit !== lowest) throw new KafkaError("corrupt", "a zstd block has bits left over");
  out.length = op;
  return from;
}

/** Decodes a distance: a new one, or one of the three most recent. It becomes the most recent. */
function distanceOf(recent: SequenceState["recent"], value: number, run: number): number {
  const one = recent[0];
  const two = recent[1];
  const which = value <= 3 && run === 0 ? value + 1 : value;
  const distance = value > 3 ? value - 3 : which === 4 ? one - 1 : recent[which - 1]!;
  if (which > 2) recent[2] = two;
  if (which > 1) recent[1] = one;
  recent[0] = distance;
  return distance;
}

/** An offset with more bits than one read can give. */
function farOffset(view: DataView, bit: number, bits: number): number {
  return 2 ** bits + (bitsAt(view, bit) & 0xffffff) + (bitsAt(view, bit + 24) & ((1 << (bits - 24)) - 1)) * 16_777_216;
}

import { KafkaError } from "../../errors/kafka-error.ts";
import { bitsAt, markedEnd } from "./bits.ts";
import { decodingTable, readCounts } from "./fse.ts";

// Huffman coded literals: https://www.rfc-editor.org/rfc/rfc8878#section-4.2

/** The longest code that the format allows for literals. */
export const MAX_HUFFMAN_BITS = 11;
const WEIGHTS_MAX_LOG = 6;
const DIRECT_WEIGHTS = 128;

/** Indexed by the next `bits` bits of a stream: the length of the code (high byte) and its symbol (low byte). */
export interface HuffmanTable {
  readonly bits: number;
  readonly entries: Uint16Array;
}

const malformed = (why: string): KafkaError => new KafkaError("corrupt", `a zstd Huffman ${why}`);

/** Reads the description of a table. Returns the table, and the position after it. */
export function readHuffmanTable(
  bytes: Uint8Array,
  view: DataView,
  p: number,
  end: number,
): readonly [HuffmanTable, next: number] {
  if (p >= end) throw malformed("table is cut off");
  const header = bytes[p++]!;
  const weights = new Uint8Array(256);
  let count: number;
  let next: number;
  if (header >= DIRECT_WEIGHTS) {
    count = header - DIRECT_WEIGHTS + 1;
    next = p + ((count + 1) >> 1);
    if (next > end) throw malformed("table is cut off");
    for (let i = 0; i < count; i++) weights[i] = (i & 1) === 0 ? bytes[p + (i >> 1)]! >> 4 : bytes[p + (i >> 1)]! & 15;
  } else {
    next = p + header;
    if (next > end) throw malformed("table is cut off");
    count = readWeights(bytes, view, p, next, weights);
  }
  return [tableOf(weights, count), next];
}

/** Reads weights that are entropy coded by two states in turn, until the bits run out. */
function readWeights(bytes: Uint8Array, view: DataView, start: number, end: number, weights: Uint8Array): number {
  const [counts, p] = readCounts(view, start, end, 12, WEIGHTS_MAX_LOG);
  const { log, entries } = decodingTable(counts);
  let bit = markedEnd(bytes, p, end);
  const first = p * 8;
  const take = (width: number): number => {
    bit -= width;
    if (bit >= first) return bitsAt(view, bit) & ((1 << width) - 1);
    // Before the beginning of the stream all bits are zero.
    const missing = first - bit;
    return missing >= width ? 0 : (bitsAt(view, first) << missing) & ((1 << width) - 1);
  };
  if (bit - 2 * log < first) throw malformed("table is cut off");
  let one = entries[take(log)]!;
  let two = entries[take(log)]!;
  let count = 0;
  for (;;) {
    if (count > 253) throw malformed("table has too many weights");
    weights[count++] = one;
    one = entries[(one >>> 16) + take((one >>> 8) & 255)]!;
    if (bit < first) {
      weights[count++] = two;
      return count;
    }
    weights[count++] = two;
    two = entries[(two >>> 16) + take((two >>> 8) & 255)]!;
    if (bit < first) {
      weights[count++] = one;
      return count;
    }
  }
}

/** Builds the table. The last symbol's weight is what is missing to a power of two. */
function tableOf(weights: Uint8Array, count: number): HuffmanTable {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    if (weights[i]! > MAX_HUFFMAN_BITS) throw malformed("weight is too large");
    if (weights[i]! > 0) sum += 1 << (weights[i]! - 1);
  }
  const bits = 32 - Math.clz32(sum);
  if (sum === 0 || bits > MAX_HUFFMAN_BITS) throw malformed("table has too many bits");
  const left = (1 << bits) - sum;
  if ((left & (left - 1)) !== 0 || count > 255) throw malformed("table does not add up");
  weights[count] = 32 - Math.clz32(left);
  const entries = new Uint16Array(1 << bits);
  let at = 0;
  for (let weight = 1; weight <= bits; weight++) {
    for (let symbol = 0; symbol <= count; symbol++) {
      if (weights[symbol] !== weight) continue;
      const span = 1 << (weight - 1);
      entries.fill(((bits + 1 - weight) << 8) | symbol, at, at + span);
      at += span;
    }
  }
  return { bits, entries };
}

/** Decodes one stream, which must end exactly at its last byte. */
export function readHuffmanStream(
  table: HuffmanTable,
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  to: Uint8Array,
  at: number,
  count: number,
): void {
  const { bits, entries } = table;
  const mask = (1 << bits) - 1;
  const first = start * 8;
  let bit = markedEnd(bytes, start, end);
  if (bit < 0) throw malformed("stream has no end");
  const stop = at + count;
  // Two symbols per read: 25 bits are valid, and two symbols take at most 22.
  while (at + 1 < stop && bit - first >= 2 * MAX_HUFFMAN_BITS) {
    const word = bitsAt(view, bit - 2 * MAX_HUFFMAN_BITS);
    const one = entries[(word >>> (2 * MAX_HUFFMAN_BITS - bits)) & mask]!;
    const used = one >>> 8;
    const two = entries[(word >>> (2 * MAX_HUFFMAN_BITS - bits - used)) & mask]!;
    to[at] = one;
    to[at + 1] = two;
    at += 2;
    bit -= used + (two >>> 8);
  }
  while (at < stop) {
    const ahead = bit - first;
    const index = ahead >= bits ? bitsAt(view, bit - bits) & mask : (bitsAt(view, first) << (bits - ahead)) & mask;
    const entry = entries[index]!;
    to[at++] = entry;
    bit -= entry >>> 8;
    if (bit < first) throw malformed("stream is cut off");
  }
  if (bit !== first) throw malformed("stream has bits left over");
}

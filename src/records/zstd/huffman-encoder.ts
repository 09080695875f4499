import { BitWriter } from "./bits.ts";
import { FseEncoder, normalised, writeCounts } from "./fse.ts";
import { MAX_HUFFMAN_BITS } from "./huffman.ts";

const MAX_WEIGHT = 12;
const MOST_DIRECT_WEIGHTS = 128;

/** Codes for the literals of one block. */
export interface HuffmanCodes {
  readonly bits: number;
  readonly maxSymbol: number;
  /** The length of each symbol's code, in bits; 0 if it has none. */
  readonly lengths: Uint8Array;
  readonly codes: Uint16Array;
}

/** Codes for the symbols that occur, within the greatest length. At least two symbols must occur. */
export function huffmanCodes(histogram: Uint32Array): HuffmanCodes {
  const counts = histogram.slice();
  let lengths = codeLengths(counts);
  while (lengths.reduce((a, b) => Math.max(a, b), 0) > MAX_HUFFMAN_BITS) {
    // Flatter counts make the longest codes shorter.
    for (let s = 0; s < 256; s++) if (counts[s]! > 0) counts[s] = (counts[s]! >> 1) | 1;
    lengths = codeLengths(counts);
  }
  const bits = lengths.reduce((a, b) => Math.max(a, b), 0);
  let maxSymbol = 255;
  while (lengths[maxSymbol] === 0) maxSymbol--;
  const codes = new Uint16Array(256);
  let at = 0;
  for (let length = bits; length > 0; length--) {
    for (let s = 0; s <= maxSymbol; s++) {
      if (lengths[s] !== length) continue;
      codes[s] = at >> (bits - length);
      at += 1 << (bits - length);
    }
  }
  return { bits, maxSymbol, lengths, codes };
}

/** Huffman's algorithm: merges the two rarest nodes until one is left. */
function codeLengths(counts: Uint32Array): Uint8Array {
  const symbols: number[] = [];
  for (let s = 0; s < 256; s++) if (counts[s]! > 0) symbols.push(s);
  symbols.sort((a, b) => counts[a]! - counts[b]! || a - b);
  const n = symbols.length;
  const weights = symbols.map((s) => counts[s]!);
  const parents = new Uint16Array(2 * n);
  let leaf = 0;
  let inner = n;
  for (let node = n; node < 2 * n - 1; node++) {
    let sum = 0;
    for (let child = 0; child < 2; child++) {
      const rarest = leaf < n && (inner >= node || weights[leaf]! <= weights[inner]!) ? leaf++ : inner++;
      sum += weights[rarest]!;
      parents[rarest] = node;
    }
    weights.push(sum);
  }
  const depths = new Uint8Array(2 * n);
  const lengths = new Uint8Array(256);
  for (let node = 2 * n - 3; node >= 0; node--) {
    depths[node] = depths[parents[node]!]! + 1;
    if (node < n) lengths[symbols[node]!] = depths[node]!;
  }
  return lengths;
}

/** Writes the description of the codes. Returns where it ends, or −1 if the format cannot express it. */
export function writeHuffmanTable({ bits, maxSymbol, lengths }: HuffmanCodes, out: Uint8Array, at: number): number {
  // The last symbol's weight is not written: it follows from the others.
  const weights = new Uint8Array(maxSymbol);
  for (let s = 0; s < maxSymbol; s++) weights[s] = lengths[s] === 0 ? 0 : bits + 1 - lengths[s]!;
  const end = writeWeights(weights, out, at + 1);
  const size = end - at - 1;
  if (size > 1 && size < 128 && (size < (maxSymbol + 1) >> 1 || maxSymbol > MOST_DIRECT_WEIGHTS)) {
    out[at] = size;
    return end;
  }
  if (maxSymbol > MOST_DIRECT_WEIGHTS) return -1;
  out[at++] = 127 + maxSymbol;
  for (let s = 0; s < maxSymbol; s += 2) out[at++] = (weights[s]! << 4) | (s + 1 < maxSymbol ? weights[s + 1]! : 0);
  return at;
}

/** Writes the weights, entropy coded by two states in turn. Returns where they end, or `at` if that is impossible. */
function writeWeights(weights: Uint8Array, out: Uint8Array, at: number): number {
  const histogram = new Uint32Array(MAX_WEIGHT + 1);
  for (const weight of weights) histogram[weight]!++;
  const n = weights.length;
  if (n < 2 || histogram.some((count) => count === n)) return at;
  let symbols = MAX_WEIGHT + 1;
  while (histogram[symbols - 1] === 0) symbols--;
  const distribution = normalised(histogram, symbols, n, n > 128 ? 6 : 5);
  const writer = new BitWriter(out, writeCounts(distribution, out, at));
  const states = [new FseEncoder(distribution), new FseEncoder(distribution)] as const;
  states[(n - 1) & 1]!.start(weights[n - 1]!);
  states[n & 1]!.start(weights[n - 2]!);
  for (let i = n - 3; i >= 0; i--) states[i & 1]!.encode(writer, weights[i]!);
  states[1].flush(writer);
  states[0].flush(writer);
  return writer.endMarked();
}

/** Writes one stream, last symbol first. Returns where it ends. */
export function writeHuffmanStream(
  { lengths, codes }: HuffmanCodes,
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  at: number,
): number {
  let pending = 0;
  let count = 0;
  for (let i = end - 1; i >= start; i--) {
    const symbol = bytes[i]!;
    pending |= codes[symbol]! << count;
    count += lengths[symbol]!;
    while (count >= 8) {
      out[at++] = pending;
      pending >>>= 8;
      count -= 8;
    }
  }
  out[at++] = pending | (1 << count);
  return at;
}

import { KafkaError } from "../../errors/kafka-error.ts";
import { BitWriter, bitsAt } from "./bits.ts";

// Finite state entropy: https://www.rfc-editor.org/rfc/rfc8878#section-4.1

/**
 * A decoding table. The entry of a state contains its symbol (low byte), the number of bits to read (second byte), and
 * the base to which these bits are added for the next state (the upper bytes).
 */
export interface FseTable {
  readonly log: number;
  readonly entries: Uint32Array;
}

/** How often each symbol occurs, out of `1 << log`; −1 for less than once. */
export interface FseCounts {
  readonly log: number;
  readonly counts: Int16Array;
}

/** The symbol of each state. Encoder and decoder must agree on it. */
function spread({ log, counts }: FseCounts): Uint8Array {
  const size = 1 << log;
  const symbols = new Uint8Array(size);
  let high = size - 1;
  for (let s = 0; s < counts.length; s++) if (counts[s] === -1) symbols[high--] = s;
  const step = (size >> 1) + (size >> 3) + 3;
  let position = 0;
  for (let s = 0; s < counts.length; s++) {
    for (let n = 0; n < counts[s]!; n++) {
      symbols[position] = s;
      do position = (position + step) & (size - 1);
      while (position > high);
    }
  }
  return symbols;
}

/** The decoding table of a distribution. */
export function decodingTable(distribution: FseCounts): FseTable {
  const { log, counts } = distribution;
  const symbols = spread(distribution);
  const entries = new Uint32Array(1 << log);
  const next = counts.map((count) => Math.abs(count));
  for (let state = 0; state < symbols.length; state++) {
    const n = next[symbols[state]!]!++;
    const need = log - (31 - Math.clz32(n));
    entries[state] = (((n << need) - symbols.length) << 16) | (need << 8) | symbols[state]!;
  }
  return { log, entries };
}

/** The table of a stream with one symbol only. */
export function singleSymbolTable(symbol: number): FseTable {
  return { log: 0, entries: Uint32Array.of(symbol) };
}

/** Reads a distribution of symbols up to `maxSymbol`. Returns it, and the position after it. */
export function readCounts(
  view: DataView,
  start: number,
  end: number,
  maxSymbol: number,
  maxLog: number,
): readonly [FseCounts, next: number] {
  let bit = start * 8;
  const log = (bitsAt(view, bit) & 15) + 5;
  bit += 4;
  if (log > maxLog) throw new KafkaError("corrupt", `a zstd table has ${log} bits`);
  const counts = new Int16Array(maxSymbol + 1);
  let remaining = (1 << log) + 1;
  let threshold = 1 << log;
  let width = log + 1;
  let symbol = 0;
  while (remaining > 1 && symbol <= maxSymbol && bit <= end * 8) {
    const max = 2 * threshold - 1 - remaining;
    const value = bitsAt(view, bit);
    let count = value & (threshold - 1);
    if (count < max) bit += width - 1;
    else {
      count = value & (2 * threshold - 1);
      if (count >= threshold) count -= max;
      bit += width;
    }
    count--;
    remaining -= Math.abs(count);
    counts[symbol++] = count;
    if (count === 0) {
      for (let repeat = 3; repeat === 3 && bit <= end * 8; bit += 2) {
        repeat = bitsAt(view, bit) & 3;
        symbol += repeat;
      }
    }
    while (remaining < threshold && width > 1) {
      width--;
      threshold >>= 1;
    }
  }
  const next = (bit + 7) >>> 3;
  if (remaining !== 1 || symbol > maxSymbol + 1 || next > end)
    throw new KafkaError("corrupt", "a zstd table is malformed");
  return [{ log, counts }, next];
}

/** Scales a histogram to a sum of `1 << log`, with at least 1 for each symbol that occurred. */
export function normalised(histogram: Uint32Array, symbols: number, total: number, log: number): FseCounts {
  const counts = new Int16Array(symbols);
  let left = 1 << log;
  let largest = 0;
  for (let s = 0; s < symbols; s++) {
    if (histogram[s] === 0) continue;
    counts[s] = Math.max(1, Math.round((histogram[s]! * (1 << log)) / total));
    left -= counts[s]!;
    if (histogram[s]! > histogram[largest]!) largest = s;
  }
  // Corrects the rounding error at the most frequent symbol, and if that is not enough, at those after it.
  for (let s = largest; left !== 0; s = (s + 1) % symbols) {
    const change = left > 0 ? left : Math.max(left, 1 - counts[s]!);
    if (counts[s]! === 0) continue;
    counts[s]! += change;
    left -= change;
  }
  return { log, counts };
}

/** Writes a distribution in the format of {@link readCounts}. Returns the position after it. */
export function writeCounts({ log, counts }: FseCounts, out: Uint8Array, at: number): number {
  const writer = new BitWriter(out, at);
  writer.add(log - 5, 4);
  let remaining = (1 << log) + 1;
  let threshold = 1 << log;
  let width = log + 1;
  for (let s = 0; remaining > 1;) {
    const count = counts[s++]!;
    const max = 2 * threshold - 1 - remaining;
    remaining -= Math.abs(count);
    let value = count + 1;
    if (value >= threshold) value += max;
    writer.add(value, value < max ? width - 1 : width);
    if (count === 0) {
      let zeros = 0;
      while (counts[s] === 0) {
        zeros++;
        s++;
      }
      for (; zeros >= 3; zeros -= 3) writer.add(3, 2);
      writer.add(zeros, 2);
    }
    while (remaining < threshold) {
      width--;
      threshold >>= 1;
    }
  }
  return writer.end();
}

/** Encodes symbols with the table of a distribution. Encode the last symbol first. */
export class FseEncoder {
  readonly #log: number;
  readonly #states: Uint16Array;
  readonly #deltaBits: Int32Array;
  readonly #deltaState: Int32Array;
  #state = 0;

  constructor(distribution: FseCounts) {
    const { log, counts } = distribution;
    const size = 1 << log;
    this.#log = log;
    this.#states = new Uint16Array(size);
    this.#deltaBits = new Int32Array(counts.length);
    this.#deltaState = new Int32Array(counts.length);
    const symbols = spread(distribution);
    const next = new Int32Array(counts.length + 1);
    let total = 0;
    for (let s = 0; s < counts.length; s++) {
      const count = Math.abs(counts[s]!);
      next[s] = total;
      if (count === 0) continue;
      const most = count === 1 ? log : log - (31 - Math.clz32(count - 1));
      this.#deltaBits[s] = count === 1 ? (log << 16) - size : (most << 16) - (count << most);
      this.#deltaState[s] = total - count;
      total += count;
    }
    for (let u = 0; u < size; u++) this.#states[next[symbols[u]!]!++] = size + u;
  }

  /** Starts again with the last symbol, which costs no bits. */
  start(symbol: number): void {
    const delta = this.#deltaBits[symbol]!;
    const bits = (delta + 32_768) >> 16;
    this.#state = this.#states[(((bits << 16) - delta) >> bits) + this.#deltaState[symbol]!]!;
  }

  encode(writer: BitWriter, symbol: number): void {
    const bits = (this.#state + this.#deltaBits[symbol]!) >> 16;
    writer.add(this.#state & ((1 << bits) - 1), bits);
    this.#state = this.#states[(this.#state >> bits) + this.#deltaState[symbol]!]!;
  }

  /** Writes the state from which the decoder starts. */
  flush(writer: BitWriter): void {
    writer.add(this.#state & ((1 << this.#log) - 1), this.#log);
  }
}

import { BitWriter } from "./bits.ts";
import { type FseCounts, FseEncoder, normalised, writeCounts } from "./fse.ts";
import { huffmanCodes, writeHuffmanStream, writeHuffmanTable } from "./huffman-encoder.ts";
import { type CodeKind, LITERAL_LENGTHS, MATCH_LENGTHS, OFFSETS, codeOf } from "./tables.ts";

/** With fewer literals a table does not pay. */
const LEAST_LITERALS = 64;
const LEAST_FOR_FOUR_STREAMS = 256;
/** With fewer sequences, tables of their own do not pay. */
const LEAST_SEQUENCES = 100;

const literalCodes = Uint8Array.from({ length: 64 }, (_, value) => codeOf(LITERAL_LENGTHS, value));
const matchCodes = Uint8Array.from({ length: 256 }, (_, value) => codeOf(MATCH_LENGTHS, value));

/** A block as literals and sequences, before it is written. */
export class Block {
  readonly literals: Uint8Array;
  literalCount = 0;
  count = 0;
  readonly #runs: Int32Array;
  readonly #lengths: Int32Array;
  readonly #offsets: Int32Array;

  /** For blocks of at most `bytes` bytes; a sequence covers at least four of them. */
  constructor(bytes: number) {
    this.literals = new Uint8Array(bytes);
    this.#runs = new Int32Array(bytes >> 2);
    this.#lengths = new Int32Array(bytes >> 2);
    this.#offsets = new Int32Array(bytes >> 2);
  }

  reset(): void {
    this.literalCount = 0;
    this.count = 0;
  }

  /** `offset` in the format's notation: 1 to 3 mean recent distances, others are distances plus 3. */
  add(run: number, length: number, offset: number): void {
    this.#runs[this.count] = run;
    this.#lengths[this.count] = length;
    this.#offsets[this.count++] = offset;
  }

  /** Writes the content of a compressed block. Returns where it ends. */
  write(out: Uint8Array, at: number): number {
    return this.#writeSequences(out, writeLiterals(this.literals, this.literalCount, out, at));
  }

  #writeSequences(out: Uint8Array, at: number): number {
    const n = this.count;
    if (n < 128) out[at++] = n;
    else if (n < 0x7f00) {
      out[at++] = (n >> 8) + 128;
      out[at++] = n;
    } else {
      out[at++] = 255;
      out[at++] = n - 0x7f00;
      out[at++] = (n - 0x7f00) >> 8;
    }
    if (n === 0) return at;
    const [runs, offsets, lengths] = [new Uint8Array(n), new Uint8Array(n), new Uint8Array(n)];
    for (let i = 0; i < n; i++) {
      const [run, length] = [this.#runs[i]!, this.#lengths[i]!];
      runs[i] = run < 64 ? literalCodes[run]! : codeOf(LITERAL_LENGTHS, run);
      lengths[i] = length < 256 ? matchCodes[length]! : codeOf(MATCH_LENGTHS, length);
      offsets[i] = 31 - Math.clz32(this.#offsets[i]!);
    }
    const modesAt = at++;
    const kinds = [
      [LITERAL_LENGTHS, runs],
      [OFFSETS, offsets],
      [MATCH_LENGTHS, lengths],
    ] as const;
    const encoders: (FseEncoder | undefined)[] = [];
    let modes = 0;
    for (const [codes, symbols] of kinds) {
      const [mode, distribution] = choose(codes, symbols);
      modes = (modes << 2) | mode;
      if (mode === 1) out[at++] = symbols[0]!;
      else if (mode === 2) at = writeCounts(distribution, out, at);
      encoders.push(mode === 1 ? undefined : new FseEncoder(distribution));
    }
    out[modesAt] = modes << 2;
    return this.#writeBits(new BitWriter(out, at), runs, offsets, lengths, encoders);
  }

  /** Writes from the last sequence to the first: decoders start at the far end. */
  #writeBits(
    writer: BitWriter,
    runs: Uint8Array,
    offsets: Uint8Array,
    lengths: Uint8Array,
    encoders: readonly (FseEncoder | undefined)[],
  ): number {
    const [runEncoder, offsetEncoder, lengthEncoder] = encoders;
    const last = this.count - 1;
    for (let i = last; i >= 0; i--) {
      const [run, offset, length] = [runs[i]!, offsets[i]!, lengths[i]!];
      if (i === last) {
        lengthEncoder?.start(length);
        offsetEncoder?.start(offset);
        runEncoder?.start(run);
      } else {
        offsetEncoder?.encode(writer, offset);
        lengthEncoder?.encode(writer, length);
        runEncoder?.encode(writer, run);
      }
      writer.add(this.#runs[i]! - LITERAL_LENGTHS.bases[run]!, LITERAL_LENGTHS.extra[run]!);
      writer.add(this.#lengths[i]! - MATCH_LENGTHS.bases[length]!, MATCH_LENGTHS.extra[length]!);
      writer.add(this.#offsets[i]! - (1 << offset), offset);
    }
    lengthEncoder?.flush(writer);
    offsetEncoder?.flush(writer);
    runEncoder?.flush(writer);
    return writer.endMarked();
  }
}

/** How to write the codes: 0 with the default distribution, 1 if all are equal, 2 with a distribution of their own. */
function choose(codes: CodeKind, symbols: Uint8Array): readonly [mode: 0 | 1 | 2, FseCounts] {
  const n = symbols.length;
  const histogram = new Uint32Array(codes.maxSymbol + 1);
  for (let i = 0; i < n; i++) histogram[symbols[i]!]!++;
  if (histogram[symbols[0]!] === n) return [n > 2 ? 1 : 0, codes.byDefault];
  if (n < LEAST_SEQUENCES) return [0, codes.byDefault];
  let count = histogram.length;
  while (histogram[count - 1] === 0) count--;
  const least = Math.max(5, 33 - Math.clz32(count));
  return [2, normalised(histogram, count, n, Math.min(codes.maxLog, Math.max(least, 29 - Math.clz32(n))))];
}

function writeLiterals(literals: Uint8Array, n: number, out: Uint8Array, at: number): number {
  if (n >= LEAST_LITERALS) {
    const histogram = new Uint32Array(256);
    for (let i = 0; i < n; i++) histogram[literals[i]!]!++;
    if (histogram[literals[0]!] === n) {
      at = writePlainHeader(1, n, out, at);
      out[at] = literals[0]!;
      return at + 1;
    }
    const end = writeCompressed(literals, n, histogram, out, at);
    if (end - at < n - (n >> 7)) return end;
  }
  at = writePlainHeader(0, n, out, at);
  out.set(literals.subarray(0, n), at);
  return at + n;
}

function writePlainHeader(type: number, n: number, out: Uint8Array, at: number): number {
  if (n < 32) out[at++] = type | (n << 3);
  else if (n < 4096) {
    out[at++] = type | 4 | (n << 4);
    out[at++] = n >> 4;
  } else {
    out[at++] = type | 12 | (n << 4);
    out[at++] = n >> 4;
    out[at++] = n >> 12;
  }
  return at;
}

/** Writes literals with a Huffman table. Returns where they end, or a position too far if they cannot be written so. */
function writeCompressed(literals: Uint8Array, n: number, histogram: Uint32Array, out: Uint8Array, at: number): number {
  const codes = huffmanCodes(histogram);
  const isFour = n >= LEAST_FOR_FOUR_STREAMS;
  const width = n < 1024 ? 10 : n < 16_384 ? 14 : 18;
  const headerBytes = width === 10 ? 3 : width === 14 ? 4 : 5;
  let total = 0;
  for (let s = 0; s < 256; s++) total += histogram[s]! * codes.lengths[s]!;
  if (total >> 3 >= n - (n >> 7)) return at + n;
  let p = writeHuffmanTable(codes, out, at + headerBytes);
  if (p < 0) return at + n;
  if (!isFour) p = writeHuffmanStream(codes, literals, 0, n, out, p);
  else {
    const share = (n + 3) >> 2;
    const jump = p;
    p += 6;
    for (let i = 0; i < 4; i++) {
      const next = writeHuffmanStream(codes, literals, i * share, Math.min(n, (i + 1) * share), out, p);
      if (i < 3) {
        out[jump + 2 * i] = next - p;
        out[jump + 2 * i + 1] = (next - p) >> 8;
      }
      p = next;
    }
  }
  const size = p - at - headerBytes;
  if (size >= n) return at + n;
  const format = width === 10 ? (isFour ? 1 : 0) : width === 14 ? 2 : 3;
  const low = 2 | (format << 2) | (n << 4);
  // Both sizes follow each other without a gap between their bits.
  out[at] = low;
  out[at + 1] = width === 10 ? ((n >> 4) & 63) | (size << 6) : n >> 4;
  out[at + 2] =
    width === 10 ? size >> 2 : width === 14 ? ((n >> 12) & 3) | (size << 2) : ((n >> 12) & 63) | (size << 6);
  if (width === 14) out[at + 3] = size >> 6;
  else if (width === 18) {
    out[at + 3] = size >> 2;
    out[at + 4] = size >> 10;
  }
  return p;
}

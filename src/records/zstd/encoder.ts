import { MatchFinder } from "../match-finder.ts";
import { Block } from "./block-encoder.ts";
import { COMPRESSED_BLOCK, MAX_BLOCK_BYTES, RAW_BLOCK } from "./tables.ts";

const DEFAULT_LEVEL = 3;
const LAZY_SINCE_LEVEL = 5;
const WINDOW_BITS = 23;
const WINDOW_BYTES: number = 1 << WINDOW_BITS;
/**
 * The largest encoding of a block before it is found to be larger than its content: a sequence for every four bytes,
 * and tables.
 */
const SCRATCH_PER_BYTE = 4;
const SCRATCH_MORE = 2048;
/** Matches are found by a hash of four bytes. */
const LEAST_MATCH = 4;

/** Compresses to one zstd frame that states the size of its content. */
export function compressFrame(bytes: Uint8Array, level: number = DEFAULT_LEVEL): Uint8Array {
  const size = bytes.length;
  const out = new Uint8Array(18 + size + 3 * (1 + Math.ceil(size / MAX_BLOCK_BYTES)));
  let op = writeHeader(size, out);
  const finder = new MatchFinder(bytes, 0, WINDOW_BYTES, level <= 2 ? 1 : 1 << Math.min(level - 1, 9));
  const encoder = new FrameEncoder(bytes, finder, level >= LAZY_SINCE_LEVEL);
  const scratch = new Uint8Array(Math.min(size, MAX_BLOCK_BYTES) * SCRATCH_PER_BYTE + SCRATCH_MORE);
  for (let start = 0; ; start += MAX_BLOCK_BYTES) {
    const end = Math.min(start + MAX_BLOCK_BYTES, size);
    const isLast = end === size;
    const length = encoder.encode(start, end, scratch);
    const isSmaller = length < end - start;
    const content = isSmaller ? scratch.subarray(0, length) : bytes.subarray(start, end);
    const header = (isLast ? 1 : 0) | ((isSmaller ? COMPRESSED_BLOCK : RAW_BLOCK) << 1) | (content.length << 3);
    out[op++] = header;
    out[op++] = header >> 8;
    out[op++] = header >> 16;
    out.set(content, op);
    op += content.length;
    if (!isSmaller) encoder.forgetBlock();
    if (isLast) return out.subarray(0, op);
  }
}

function writeHeader(size: number, out: Uint8Array): number {
  out.set([0x28, 0xb5, 0x2f, 0xfd]);
  const isSingle = size <= WINDOW_BYTES;
  const flag = size < 256 ? 0 : size < 65_792 ? 1 : 2;
  out[4] = (flag << 6) | (isSingle ? 0x20 : 0);
  let op = 5;
  if (!isSingle) out[op++] = (WINDOW_BITS - 10) << 3;
  const value = flag === 1 ? size - 256 : size;
  const width = flag === 0 ? 1 : flag * 2;
  for (let i = 0; i < width; i++) out[op++] = value >>> (8 * i);
  return op;
}

/** Finds matches block by block. The three recent distances carry over to the next block. */
class FrameEncoder {
  readonly #bytes: Uint8Array;
  readonly #finder: MatchFinder;
  readonly #isLazy: boolean;
  readonly #block: Block;
  #recent: [number, number, number] = [1, 4, 8];
  #before: [number, number, number] = [1, 4, 8];
  #anchor = 0;

  constructor(bytes: Uint8Array, finder: MatchFinder, isLazy: boolean) {
    this.#bytes = bytes;
    this.#block = new Block(Math.min(bytes.length, MAX_BLOCK_BYTES));
    this.#finder = finder;
    this.#isLazy = isLazy;
  }

  /** Writes the content of a compressed block. Returns its size, which may exceed that of the input. */
  encode(start: number, end: number, out: Uint8Array): number {
    const block = this.#block;
    const finder = this.#finder;
    block.reset();
    this.#before = [...this.#recent];
    this.#anchor = start;
    finder.skipTo(start);
    const last = end - 8;
    for (let i = start; i <= last;) {
      const repeated = this.#repeatedAt(i, end);
      let length = finder.find(i, end, 0);
      let distance = finder.distance;
      if (repeated >= LEAST_MATCH && repeated + 2 >= length) {
        length = repeated;
        distance = this.#recentAt(i);
      } else if (
        this.#isLazy &&
        length >= LEAST_MATCH &&
        length < 64 &&
        i < last &&
        finder.find(i + 1, end, 0) > length + 1
      ) {
        i++;
        length = finder.length;
        distance = finder.distance;
      }
      if (length < LEAST_MATCH) {
        // Without matches the steps get longer, so that incompressible data costs little.
        i += 1 + ((i - this.#anchor) >> 7);
        finder.skipTo(i);
        continue;
      }
      this.#take(i, length, distance);
      i += length;
      finder.matched(i);
    }
    block.literals.set(this.#bytes.subarray(this.#anchor, end), block.literalCount);
    block.literalCount += end - this.#anchor;
    return block.write(out, 0);
  }

  /** Undoes the effect of a block that was written uncompressed: the decoder never sees its sequences. */
  forgetBlock(): void {
    this.#recent = this.#before;
  }

  /** The cheapest recent distance at `i`. Without literals before it, the format excludes the most recent one. */
  #recentAt(i: number): number {
    return i > this.#anchor ? this.#recent[0] : this.#recent[1];
  }

  #repeatedAt(i: number, end: number): number {
    const bytes = this.#bytes;
    const from = i - this.#recentAt(i);
    if (from < 0) return 0;
    let length = 0;
    while (i + length < end && bytes[from + length] === bytes[i + length]) length++;
    return length;
  }

  #take(i: number, length: number, distance: number): void {
    const block = this.#block;
    const run = i - this.#anchor;
    const bytes = this.#bytes;
    if (run < 32) for (let k = 0; k < run; k++) block.literals[block.literalCount + k] = bytes[this.#anchor + k]!;
    else block.literals.set(bytes.subarray(this.#anchor, i), block.literalCount);
    block.literalCount += run;
    const [one, two, three] = this.#recent;
    // 1 to 3 mean the recent distances; without literals they are shifted by one.
    const which = distance === one ? 1 : distance === two ? 2 : distance === three ? 3 : 4;
    const offset = which === 4 || (run === 0 && which === 1) ? distance + 3 : run === 0 ? which - 1 : which;
    if (which === 2) this.#recent = [two, one, three];
    else if (which === 3) this.#recent = [three, one, two];
    else if (which === 4 || run === 0) this.#recent = [distance, one, two];
    block.add(run, length, offset);
    this.#anchor = i + length;
  }
}

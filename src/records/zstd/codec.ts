import { KafkaError } from "../../errors/kafka-error.ts";
import type { Codec } from "../../runtime/codec.ts";
import { BoundedOutput } from "../bounded-output.ts";
import { PADDING_BYTES } from "./bits.ts";
import { compressFrame } from "./encoder.ts";
import type { HuffmanTable } from "./huffman.ts";
import { readLiterals } from "./literals.ts";
import { type SequenceState, readSequences } from "./sequences.ts";
import { COMPRESSED_BLOCK, MAGIC, MAX_BLOCK_BYTES, RAW_BLOCK, RLE_BLOCK, SKIPPABLE } from "./tables.ts";

/**
 * Zstandard (RFC 8878) in plain TypeScript. Reads any number of frames, except those that need a dictionary. Writes one
 * frame. Levels go up to 22, default 3; each searches further for matches than the one before.
 *
 * The output serves as the window, so a header that asks for a large window costs nothing. Content checksums are not
 * checked, because the CRC of a batch covers its compressed bytes.
 */
export const portableZstd: Codec = {
  compress: compressFrame,
  decompress(bytes, maxBytes) {
    const out = new BoundedOutput(bytes.length, maxBytes);
    // A copy with padding, so that the last bytes can be read like all others.
    const padded = new Uint8Array(bytes.length + PADDING_BYTES);
    padded.set(bytes);
    const input = { bytes: padded, view: new DataView(padded.buffer), end: bytes.length };
    for (let p = 0; p < input.end;) p = readFrame(input, p, out);
    return out.finish();
  },
};

interface Input {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly end: number;
}

const malformed = (why: string): KafkaError => new KafkaError("corrupt", `the zstd frame ${why}`);

function littleEndian(bytes: Uint8Array, p: number, size: number): number {
  let value = 0;
  for (let i = size - 1; i >= 0; i--) value = value * 256 + bytes[p + i]!;
  return value;
}

/**
 * The decompressed size according to the frame headers. Writers that do not know the size at the start leave it out, as
 * Java's do. Undefined if a frame does not state it, or is malformed.
 */
export function zstdSize(bytes: Uint8Array): number | undefined {
  let total = 0;
  for (let p = 0; p < bytes.length;) {
    const skipped = skippableEnd(bytes, p, bytes.length);
    if (skipped >= 0) p = skipped;
    else {
      if (bytes.length - p < 6 || littleEndian(bytes, p, 4) !== MAGIC) return undefined;
      const { hasChecksum, size, blocks } = frameHeader(bytes, p);
      if (size < 0) return undefined;
      total += size;
      p = blocks;
      for (let isLast = false; !isLast;) {
        if (p + 3 > bytes.length) return undefined;
        const header = littleEndian(bytes, p, 3);
        isLast = (header & 1) !== 0;
        p += 3 + (((header >> 1) & 3) === RLE_BLOCK ? 1 : header >> 3);
      }
      if (hasChecksum) p += 4;
    }
  }
  return total;
}

/** The end of a skippable frame, which may lie beyond the input; −1 if another kind of frame begins at `p`. */
function skippableEnd(bytes: Uint8Array, p: number, end: number): number {
  if (end - p < 4 || littleEndian(bytes, p, 4) >>> 4 !== SKIPPABLE) return -1;
  return end - p < 8 ? end + 1 : p + 8 + littleEndian(bytes, p + 4, 4);
}

/** Reads the header at `p`, without checking where the input ends. `size` is −1 if the header does not state it. */
function frameHeader(
  bytes: Uint8Array,
  p: number,
): {
  readonly hasChecksum: boolean;
  readonly needsDictionary: boolean;
  readonly size: number;
  readonly blocks: number;
} {
  const descriptor = bytes[p + 4]!;
  const isSingle = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
  const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
  const dictionary = p + (isSingle ? 5 : 6); // the window's size is of no use here
  const sizeAt = dictionary + dictionaryBytes;
  return {
    hasChecksum: (descriptor & 0x04) !== 0,
    needsDictionary: littleEndian(bytes, dictionary, dictionaryBytes) !== 0,
    size: sizeBytes === 0 ? -1 : littleEndian(bytes, sizeAt, sizeBytes) + (sizeBytes === 2 ? 256 : 0),
    blocks: sizeAt + sizeBytes,
  };
}

/** Reads the frame at `p`. Returns where it ends. */
function readFrame(input: Input, p: number, out: BoundedOutput): number {
  const { bytes } = input;
  if (input.end - p < 6) throw malformed("is cut off");
  const skipped = skippableEnd(bytes, p, input.end);
  if (skipped > input.end) throw malformed("is cut off");
  if (skipped >= 0) return skipped;
  const magic = littleEndian(bytes, p, 4);
  if (magic !== MAGIC) throw malformed(`begins with ${magic.toString(16)}`);
  if ((bytes[p + 4]! & 0x08) !== 0) throw malformed("has reserved bits");
  const { hasChecksum, needsDictionary, size, blocks } = frameHeader(bytes, p);
  if (blocks > input.end) throw malformed("is cut off");
  if (needsDictionary) throw malformed("needs a dictionary");
  const first = out.length;
  p = readBlocks(input, blocks, out);
  if (size >= 0 && out.length - first !== size)
    throw malformed(`says that it has ${size} bytes, and has ${out.length - first}`);
  if (hasChecksum) p += 4;
  if (p > input.end) throw malformed("is cut off");
  return p;
}

function readBlocks(input: Input, p: number, out: BoundedOutput): number {
  const { bytes, view } = input;
  const first = out.length;
  const state: SequenceState = { lengths: undefined, offsets: undefined, matches: undefined, recent: [1, 4, 8] };
  let table: HuffmanTable | undefined;
  for (let isLast = false; !isLast;) {
    if (p + 3 > input.end) throw malformed("is cut off");
    const header = littleEndian(bytes, p, 3);
    p += 3;
    isLast = (header & 1) !== 0;
    const type = (header >> 1) & 3;
    const size = header >> 3;
    const end = p + (type === RLE_BLOCK ? 1 : size);
    if (size > MAX_BLOCK_BYTES || end > input.end)
      throw malformed(`has a block of ${size} bytes, but only ${input.end - p} follow`);
    if (type === RAW_BLOCK || type === RLE_BLOCK) {
      out.reserve(size);
      if (type === RAW_BLOCK) out.bytes.set(bytes.subarray(p, end), out.length);
      else out.bytes.fill(bytes[p]!, out.length, out.length + size);
      out.length += size;
    } else if (type === COMPRESSED_BLOCK) {
      if (size < 2) throw malformed("has a block without content");
      const ceiling = out.ceiling(MAX_BLOCK_BYTES);
      const literals = readLiterals(bytes, view, p, end, table);
      table = literals.table;
      readSequences(bytes, view, literals.next, end, literals, state, out, first, ceiling);
    } else throw malformed("has a block of an unknown type");
    p = end;
  }
  return p;
}

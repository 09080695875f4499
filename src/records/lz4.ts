import { KafkaError } from "../errors/kafka-error.ts";
import type { Codec } from "../runtime/codec.ts";
import { xxhash32 } from "../wire/xxhash32.ts";
import { BoundedOutput } from "./bounded-output.ts";
import { fastTable, lz4BlockSize, readLz4Block, writeFastLz4Block, writeLz4Block } from "./lz4-block.ts";
import { MatchFinder } from "./match-finder.ts";

const MAGIC = 0x184d2204;
/** 0x184d2a50 to 0x184d2a5f: frames that readers must skip. */
const SKIPPABLE = 0x184d2a5;
const VERSION = 0x40;
const INDEPENDENT = 0x20;
const BLOCK_CHECKSUM = 0x10;
const CONTENT_SIZE = 0x08;
const CONTENT_CHECKSUM = 0x04;
const DICTIONARY = 0x01;
const UNCOMPRESSED = 0x80000000;
/** Block sizes by their number in the header: 64 KiB, 256 KiB, 1 MiB, 4 MiB. */
const blockBytes = (number: number): number => 1 << (8 + 2 * number);
const BLOCK_64_KIB = 4;
const BLOCK_BYTES: number = blockBytes(BLOCK_64_KIB);

/**
 * LZ4 in plain TypeScript, in its frame format: independent blocks of 64 KiB, as Kafka's own clients write them. Levels
 * are 1 (fast; the default) to 17. Higher levels look further back for longer matches.
 */
export const portableLz4: Codec = {
  compress: compressLz4,
  decompress(bytes, maxBytes) {
    const out = new BoundedOutput(bytes.length, maxBytes);
    for (let p = 0; p < bytes.length;) p = readFrame(bytes, p, out);
    return out.finish();
  },
};

/** Writes one frame. */
export function compressLz4(bytes: Uint8Array, level?: number): Uint8Array {
  const out = new Uint8Array(15 + bytes.length + 8 * Math.ceil(bytes.length / BLOCK_BYTES));
  out.set([0x04, 0x22, 0x4d, 0x18, VERSION | INDEPENDENT, BLOCK_64_KIB << 4]);
  out[6] = xxhash32(out, 4, 6) >>> 8;
  let op = 7;
  const depth = depthOf(level);
  const finder = depth > 1 ? new MatchFinder(bytes, 0, BLOCK_BYTES, depth) : undefined;
  const table = fastTable(finder === undefined ? bytes.length : 0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const outView = new DataView(out.buffer);
  for (let start = 0; start < bytes.length; start += BLOCK_BYTES) {
    const end = Math.min(start + BLOCK_BYTES, bytes.length);
    if (start > 0) table.fill(0);
    const written =
      finder === undefined
        ? writeFastLz4Block(bytes, view, start, end, out, outView, op + 4, table)
        : writeLz4Block(bytes, start, end, out, op + 4, finder);
    const size = written < 0 ? end - start : written - op - 4;
    if (written < 0) out.set(bytes.subarray(start, end), op + 4);
    writeWord(out, op, written < 0 ? (size | UNCOMPRESSED) >>> 0 : size);
    op += 4 + size;
  }
  return out.subarray(0, op + 4); // four zeros end the frame
}

/**
 * Corrects the header checksum of a frame in a message of magic 0: Kafka's first LZ4 computed it over the wrong bytes
 * (KIP-57). Returns a copy that any codec can read; bytes that are not an LZ4 frame are returned unchanged.
 */
export function repairLz4Header(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 7 || readWord(bytes, 0) !== MAGIC) return bytes;
  const end = descriptorEnd(bytes[4]!, 0);
  if (end >= bytes.length) return bytes;
  const repaired = new Uint8Array(bytes); // slice() of a Node Buffer would not copy
  repaired[end] = xxhash32(repaired, 4, end) >>> 8;
  return repaired;
}

function depthOf(level: number | undefined): number {
  return level === undefined || level <= 2 ? 1 : 1 << Math.min(level - 1, 10);
}

function descriptorEnd(flags: number, frameStart: number): number {
  return frameStart + 6 + ((flags & CONTENT_SIZE) !== 0 ? 8 : 0) + ((flags & DICTIONARY) !== 0 ? 4 : 0);
}

/** Reads the frame at `p`. Returns where it ends. */
function readFrame(bytes: Uint8Array, p: number, out: BoundedOutput): number {
  const malformed = (why: string): KafkaError => new KafkaError("corrupt", `the LZ4 frame ${why}`);
  if (bytes.length - p < 7) throw malformed("is cut off");
  const magic = readWord(bytes, p);
  if (magic >>> 4 === SKIPPABLE) {
    const end = p + 8 + (bytes.length - p < 8 ? 0 : readWord(bytes, p + 4));
    if (end > bytes.length) throw malformed("is cut off");
    return end;
  }
  if (magic !== MAGIC) throw malformed(`begins with ${magic.toString(16)}`);
  const flags = bytes[p + 4]!;
  const blockNumber = (bytes[p + 5]! >>> 4) & 7;
  if ((flags & 0xc0) !== VERSION || (flags & 0x02) !== 0 || (bytes[p + 5]! & 0x8f) !== 0 || blockNumber < BLOCK_64_KIB)
    throw malformed("has an unknown header");
  if ((flags & DICTIONARY) !== 0) throw malformed("needs a dictionary");
  const end = descriptorEnd(flags, p);
  if (end >= bytes.length) throw malformed("is cut off");
  if (bytes[end] !== ((xxhash32(bytes, p + 4, end) >>> 8) & 255)) throw malformed("has a wrong header checksum");
  const first = out.length;
  const most = blockBytes(blockNumber);
  for (p = end + 1; ;) {
    if (p + 4 > bytes.length) throw malformed("is cut off");
    const word = readWord(bytes, p);
    p += 4;
    if (word === 0) break;
    const size = word & 0x7fffffff;
    const blockEnd = p + size;
    if (size > most || blockEnd + ((flags & BLOCK_CHECKSUM) !== 0 ? 4 : 0) > bytes.length)
      throw malformed(`has a block of ${size} bytes, but only ${bytes.length - p} follow`);
    if ((flags & BLOCK_CHECKSUM) !== 0 && readWord(bytes, blockEnd) !== xxhash32(bytes, p, blockEnd))
      throw malformed("has a block with a wrong checksum");
    if (word >= UNCOMPRESSED) {
      out.reserve(size);
      out.bytes.set(bytes.subarray(p, blockEnd), out.length);
      out.length += size;
    } else readLz4Block(bytes, p, blockEnd, out, (flags & INDEPENDENT) !== 0 ? out.length : first, out.ceiling(most));
    p = blockEnd + ((flags & BLOCK_CHECKSUM) !== 0 ? 4 : 0);
  }
  if ((flags & CONTENT_CHECKSUM) === 0) return p;
  if (p + 4 > bytes.length) throw malformed("is cut off");
  if (readWord(bytes, p) !== xxhash32(out.bytes, first, out.length)) throw malformed("has a wrong checksum");
  return p + 4;
}

/**
 * The decompressed size, without decompressing. Kafka's clients write no content size, but the lengths of the blocks
 * add up to it. Undefined if a frame is malformed.
 */
export function lz4Size(bytes: Uint8Array): number | undefined {
  let size = 0;
  for (let p = 0; p + 7 <= bytes.length;) {
    const magic = readWord(bytes, p);
    if (magic >>> 4 === SKIPPABLE) {
      p += 8 + (p + 8 <= bytes.length ? readWord(bytes, p + 4) : 0);
      continue;
    }
    if (magic !== MAGIC) return undefined;
    const flags = bytes[p + 4]!;
    p = descriptorEnd(flags, p) + 1;
    for (
      let word = p + 4 <= bytes.length ? readWord(bytes, p) : 0;
      word !== 0;
      word = p + 4 <= bytes.length ? readWord(bytes, p) : 0
    ) {
      const end = p + 4 + (word & 0x7fffffff);
      if (end > bytes.length) return undefined;
      size += word >= UNCOMPRESSED ? end - p - 4 : lz4BlockSize(bytes, p + 4, end);
      p = end + ((flags & BLOCK_CHECKSUM) !== 0 ? 4 : 0);
    }
    p += 4 + ((flags & CONTENT_CHECKSUM) !== 0 ? 4 : 0);
  }
  return size;
}

function readWord(bytes: Uint8Array, p: number): number {
  return (bytes[p]! | (bytes[p + 1]! << 8) | (bytes[p + 2]! << 16) | (bytes[p + 3]! << 24)) >>> 0;
}

function writeWord(bytes: Uint8Array, p: number, word: number): void {
  bytes[p] = word;
  bytes[p + 1] = word >>> 8;
  bytes[p + 2] = word >>> 16;
  bytes[p + 3] = word >>> 24;
}

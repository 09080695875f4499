import { KafkaError } from "../../errors/kafka-error.ts";
import { type HuffmanTable, readHuffmanStream, readHuffmanTable } from "./huffman.ts";
import { MAX_BLOCK_BYTES } from "./tables.ts";

const RAW = 0;
const RLE = 1;
const TREELESS = 3;

/** The literals of a block, and the Huffman table, which a later block of the frame may reuse. */
export interface Literals {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly length: number;
  /** The position at which the sequences begin. */
  readonly next: number;
  readonly table: HuffmanTable | undefined;
}

const cutOff = (): KafkaError => new KafkaError("corrupt", "the literals of a zstd block are cut off");

/** Reads the literals section of the block between `p` and `end`. */
export function readLiterals(
  bytes: Uint8Array,
  view: DataView,
  p: number,
  end: number,
  table: HuffmanTable | undefined,
): Literals {
  const header = bytes[p]!;
  const type = header & 3;
  const format = (header >> 2) & 3;
  if (type === RAW || type === RLE) {
    const headerBytes = (format & 1) === 0 ? 1 : format === 1 ? 2 : 3;
    if (p + headerBytes > end) throw cutOff();
    const length =
      headerBytes === 1
        ? header >> 3
        : (header >> 4) | (bytes[p + 1]! << 4) | (headerBytes === 3 ? bytes[p + 2]! << 12 : 0);
    p += headerBytes;
    if (length > MAX_BLOCK_BYTES || p + (type === RAW ? length : 1) > end) throw cutOff();
    if (type === RAW) return { bytes, start: p, length, next: p + length, table };
    return { bytes: new Uint8Array(length).fill(bytes[p]!), start: 0, length, next: p + 1, table };
  }
  const headerBytes = format < 2 ? 3 : format + 2;
  if (p + headerBytes > end) throw cutOff();
  const width = format < 2 ? 10 : format === 2 ? 14 : 18;
  const low =
    (header | (bytes[p + 1]! << 8) | (bytes[p + 2]! << 16) | ((headerBytes > 3 ? bytes[p + 3]! : 0) << 24)) >>> 0;
  const length = (low >>> 4) & ((1 << width) - 1);
  const size = width === 10 ? (low >>> 14) & 1023 : width === 14 ? low >>> 18 : (low >>> 22) | (bytes[p + 4]! << 10);
  p += headerBytes;
  const next = p + size;
  if (next > end || length > MAX_BLOCK_BYTES) throw cutOff();
  if (type !== TREELESS) [table, p] = readHuffmanTable(bytes, view, p, next);
  if (table === undefined)
    throw new KafkaError("corrupt", "a zstd block reuses a Huffman table, and no block before it has one");
  const scratch = new Uint8Array(length);
  if (format === 0) readHuffmanStream(table, bytes, view, p, next, scratch, 0, length);
  else readFour(table, bytes, view, p, next, scratch, length);
  return { bytes: scratch, start: 0, length, next, table };
}

/** Reads four streams; the lengths of the first three are given. */
function readFour(
  table: HuffmanTable,
  bytes: Uint8Array,
  view: DataView,
  p: number,
  end: number,
  to: Uint8Array,
  length: number,
): void {
  const share = (length + 3) >> 2;
  let at = p + 6;
  if (at > end || share * 3 > length) throw cutOff();
  for (let i = 0; i < 4; i++) {
    const next = i === 3 ? end : at + (bytes[p + 2 * i]! | (bytes[p + 2 * i + 1]! << 8));
    if (next > end) throw cutOff();
    readHuffmanStream(table, bytes, view, at, next, to, i * share, i === 3 ? length - 3 * share : share);
    at = next;
  }
}

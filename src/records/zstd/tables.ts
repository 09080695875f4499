import { type FseCounts, type FseTable, decodingTable } from "./fse.ts";

// Constants of the format: https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.3.2

export const MAGIC = 0xfd2fb528;
/** 0x184d2a50 to 0x184d2a5f: frames that readers must skip. */
export const SKIPPABLE = 0x184d2a5;
/** A block never contains more bytes after decompression. */
export const MAX_BLOCK_BYTES = 131_072;
/** A block whose bytes are not compressed. */
export const RAW_BLOCK = 0;
/** A block that repeats one byte. */
export const RLE_BLOCK = 1;
/** A block of literals and sequences. */
export const COMPRESSED_BLOCK = 2;
export const MIN_MATCH = 3;

/** One kind of code in sequences: its values, default distribution and limits. */
export interface CodeKind {
  readonly maxSymbol: number;
  readonly maxLog: number;
  /** The smallest value of each code. */
  readonly bases: Int32Array;
  /** The number of extra bits after each code. */
  readonly extra: Uint8Array;
  readonly byDefault: FseCounts;
  readonly defaultTable: FseTable;
}

const repeat = (value: number, times: number): number[] => Array.from({ length: times }, () => value);

function kind(
  maxLog: number,
  first: number,
  extra: readonly number[],
  log: number,
  counts: readonly number[],
): CodeKind {
  const bases = new Int32Array(extra.length);
  let base = first;
  for (const [code, bits] of extra.entries()) {
    bases[code] = base;
    base += 2 ** bits;
  }
  const byDefault = { log, counts: Int16Array.from(counts) };
  return {
    maxSymbol: extra.length - 1,
    maxLog,
    bases,
    extra: Uint8Array.from(extra),
    byDefault,
    defaultTable: decodingTable(byDefault),
  };
}

/** How many literals come before a match. */
export const LITERAL_LENGTHS: CodeKind = kind(
  9,
  0,
  [...repeat(0, 16), 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
  6,
  [4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1],
);

/** How many bytes a match copies. */
export const MATCH_LENGTHS: CodeKind = kind(
  9,
  MIN_MATCH,
  [...repeat(0, 32), 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
  6,
  [
    1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
  ],
);

/** An offset's code is the position of its highest bit. */
export const OFFSETS: CodeKind = kind(
  8,
  1,
  Array.from({ length: 32 }, (_, code) => code),
  5,
  [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1],
);

/** The code of a value: the last code whose base is not greater. */
export function codeOf(codes: CodeKind, value: number): number {
  let code = codes.maxSymbol;
  while (codes.bases[code]! > value) code--;
  return code;
}

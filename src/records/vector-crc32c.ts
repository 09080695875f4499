import type { Crc32c } from "../runtime/checksum.ts";
import type { WebAssemblyHost } from "../runtime/web-assembly.ts";
import { crc32c } from "../wire/crc32c.ts";
import { foldModule } from "./fold-module.ts";

/**
 * A byte that is folded away goes so many bytes further on, to each of these places: x^2320 + x^1088 + x^904 + x^856 +
 * x^256 + 1 is a multiple of the polynomial, and six terms are the fewest below 655 bytes. Of the multiples whose terms
 * are whole bytes it is the shortest with 64 bytes and much more before the first place: a load of what was stored just
 * before has to wait for it.
 */
export const FOLD_DISTANCES: readonly number[] = [154, 177, 183, 258, 290];
const FARTHEST = 290;
const VECTOR_BYTES = 16;
/** What is left when all else is folded into it: whole vectors, and at least the farthest place. */
const REST_BYTES = 304;
/** At a time: what lies in the first caches twice. */
const PIECE_BYTES = 32_768;
/** Below, the tables are as fast. */
const LEAST_BYTES = 768;

/** The memory: zeros before the folded bytes, the folded bytes (and zeros behind them), the piece itself, the rest. */
const FOLDED = 304;
const PIECE = FOLDED + PIECE_BYTES + REST_BYTES;
const REST = PIECE + PIECE_BYTES;

interface Fold {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly fold: (from: number, until: number, folded: number, to: number) => void;
}

/**
 * CRC-32C by WebAssembly's vectors: 12 GB/s on V8, copy included, where tables are at 2.9. Sixteen bytes at a time are
 * added (XOR) to five places further on, until only the last 304 bytes are left, and those go through the tables.
 * Tables do it all where the host has no vectors, or compiles nothing at run time.
 */
export function vectorCrc32c(host: WebAssemblyHost): Crc32c {
  let large: Crc32c | undefined;
  return (bytes, start, end) => {
    if (end - start < LEAST_BYTES) return crc32c(bytes, start, end);
    large ??= folding(host) ?? crc32c;
    return large(bytes, start, end);
  };
}

/** Compiled when the first large batch is there: 133 bytes, a fraction of a millisecond. */
function folding(host: WebAssemblyHost): Crc32c | undefined {
  try {
    const { memory, fold } = new host.Instance(new host.Module(foldModule(FOLD_DISTANCES))).exports as Fold;
    const bytes = new Uint8Array(memory.buffer);
    return (all, start, end) => {
      let crc = 0;
      for (let at = start; at < end; at += PIECE_BYTES) {
        const length = Math.min(PIECE_BYTES, end - at);
        crc =
          length < LEAST_BYTES
            ? crc32c(all, at, at + length, crc)
            : piece(bytes, fold, all.subarray(at, at + length), crc);
      }
      return crc;
    };
  } catch {
    return undefined; // no vectors, or a host that compiles nothing at run time
  }
}

function piece(memory: Uint8Array, fold: Fold["fold"], bytes: Uint8Array, seed: number): number {
  const { length } = bytes;
  memory.set(bytes, PIECE);
  // The state of a CRC is what the next four bytes are added to; with that it begins anew at zero.
  const state = ~seed;
  for (let i = 0; i < 4; i++) memory[PIECE + i] = memory[PIECE + i]! ^ ((state >>> (8 * i)) & 255);
  const end = Math.floor((length - REST_BYTES) / VECTOR_BYTES) * VECTOR_BYTES;
  fold(PIECE, PIECE + end, FOLDED - FARTHEST, FOLDED);
  // The rest gets what was folded, and is not folded itself: behind the folded bytes there are zeros.
  memory.fill(0, FOLDED + end, FOLDED + end + REST_BYTES);
  fold(PIECE + end, PIECE + end + REST_BYTES, FOLDED + end - FARTHEST, REST);
  const ofRest = crc32c(memory, REST, REST + REST_BYTES, 0xffffffff); // a state of zero
  return crc32c(memory, PIECE + end + REST_BYTES, PIECE + length, ofRest);
}

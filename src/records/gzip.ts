import { Gunzip, gzipSync } from "fflate/browser";
import { KafkaError } from "../errors/kafka-error.ts";
import type { Codec } from "../runtime/codec.ts";

/**
 * How much compressed input is inflated before the size of the output is checked, and how much once the ratio is
 * suspicious.
 */
const STEP_BYTES = 8192;
const SMALL_STEP_BYTES = 512;
const SUSPICIOUS_RATIO = 64;
const DEFAULT_LEVEL = 6;
/**
 * fflate's hash table doubles beyond each of these lengths. fflate computes the steps with `Math.log`, which engines
 * may round differently, so the level is passed explicitly.
 */
const HASH_STEPS = [2980, 5806, 11_308, 22_026, 42_901, 83_561, 162_754, 317_003];
/** Deflate never expands a byte to more than this: a larger announced size is false. */
const MOST_PER_GZIP_BYTE = 1032;
/** The size of header and trailer. */
const LEAST_GZIP_BYTES = 18;

type Level = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

/** gzip by fflate. Levels are 1 to 9, default 6. Reads any number of members. */
export const portableGzip: Codec = {
  compress: compressGzip,
  decompress(bytes, maxBytes) {
    if (bytes.length < LEAST_GZIP_BYTES) throw new KafkaError("corrupt", "the gzip member is cut off");
    const tooLarge = (): KafkaError =>
      new KafkaError("config", `${bytes.length} compressed bytes decompress to more than ${maxBytes} bytes`);
    // The size of the last member, modulo 2^32. A bomb that states its size is refused at once.
    const lastSize = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4).getUint32(0, true);
    if (lastSize > maxBytes && lastSize <= bytes.length * MOST_PER_GZIP_BYTE) throw tooLarge();
    const chunks: Uint8Array[] = [];
    let size = 0;
    let isOne = true;
    const gunzip = new Gunzip((chunk) => {
      size += chunk.length;
      if (size > maxBytes) throw tooLarge();
      chunks.push(chunk);
    });
    gunzip.onmember = () => {
      isOne = false;
    };
    try {
      // In steps, so that a bomb is detected at the first step that exceeds the limit.
      for (
        let i = 0, step = SMALL_STEP_BYTES;
        i < bytes.length;
        i += step, step = size > i * SUSPICIOUS_RATIO ? SMALL_STEP_BYTES : STEP_BYTES
      )
        gunzip.push(bytes.subarray(i, i + step), i + step >= bytes.length);
    } catch (error) {
      throw KafkaError.from(error, "corrupt", "gzip");
    }
    // fflate does not check the trailer, and accepts some truncated members.
    if (isOne && lastSize !== size)
      throw new KafkaError("corrupt", `the gzip member says that it has ${lastSize} bytes, and has ${size}`);
    return joined(chunks, size);
  },
};

/** Writes one member. */
export function compressGzip(bytes: Uint8Array, level?: number): Uint8Array {
  // A timestamp of 0: each call must return the same bytes, and the clock must not be read.
  const mem = HASH_STEPS.filter((length) => length < bytes.length).length as Level;
  return gzipSync(bytes, {
    level: (level === undefined || level < 0 ? DEFAULT_LEVEL : level) as Level,
    mtime: 0,
    mem,
  });
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const [only] = chunks;
  if (chunks.length === 1 && only !== undefined) return only;
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

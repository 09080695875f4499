import type { Codecs, Compressors } from "../runtime/codec.ts";
import { compressGzip, portableGzip } from "./gzip.ts";
import { compressLz4, portableLz4 } from "./lz4.ts";
import { compressSnappy, portableSnappy } from "./snappy.ts";
import { portableZstd } from "./zstd/codec.ts";
import { compressFrame } from "./zstd/encoder.ts";

const MIB = 1_048_576;
/** The limits if `maxBytes` is not given. */
const ALWAYS_ALLOWED_BYTES: number = 24 * MIB;
const ALLOWED_RATIO = 64;
const NEVER_ALLOWED_BYTES: number = 128 * MIB;

const PORTABLE: Codecs & Required<Codecs> = {
  gzip: portableGzip,
  snappy: portableSnappy,
  lz4: portableLz4,
  zstd: portableZstd,
};

/** Codecs in plain JavaScript, identical on every host. Platforms replace them by faster native ones. */
export function portableCodecs(): Required<Codecs> {
  return PORTABLE;
}

const COMPRESSORS: Required<Compressors> = {
  gzip: { compress: compressGzip },
  snappy: { compress: compressSnappy },
  lz4: { compress: compressLz4 },
  zstd: { compress: compressFrame },
};

/** The portable codecs without their readers: a page with a producer alone does not load those. */
export function portableCompressors(): Required<Compressors> {
  return COMPRESSORS;
}

/**
 * The most that `compressedBytes` may decompress to: `maxBytes` if given. Otherwise 24 MiB, or 64 times the compressed
 * size up to 128 MiB. JSON with repeated names compresses 20 to 40 times; a small bomb is stopped at 24 MiB.
 */
export function decompressionBound(compressedBytes: number, maxBytes: number | undefined): number {
  return maxBytes ?? Math.min(NEVER_ALLOWED_BYTES, Math.max(ALWAYS_ALLOWED_BYTES, compressedBytes * ALLOWED_RATIO));
}

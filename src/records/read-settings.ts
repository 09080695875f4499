import type { Crc32c } from "../runtime/checksum.ts";
import type { Codecs } from "../runtime/codec.ts";
import { crc32c } from "../wire/crc32c.ts";
import type { BytesView } from "./bytes-view.ts";
import { portableCodecs } from "./compression.ts";

/** How batches are read. */
export interface ReadOptions {
  /** Codecs to use instead of the portable ones. */
  readonly codecs?: Codecs | undefined;
  /** The CRC-32C to use instead of the portable one. */
  readonly crc32c?: Crc32c | undefined;
  /**
   * The limit for one decompressed batch, in bytes. Default: 24 MiB, or 64 times the compressed size up to 128 MiB, so
   * that a bomb of a kilobyte cannot cost a gigabyte. A larger batch is refused with kind `config`; the message says
   * how much it needs if the batch states its size.
   */
  readonly maxDecompressedBytes?: number | undefined;
  /** Whether to check the CRC of each batch. Default true. Java: `check.crcs`. */
  readonly checkCrcs?: boolean | undefined;
  /** Makes the views of keys, values and headers. Default: plain Uint8Arrays. */
  readonly bytesView?: BytesView | undefined;
  /** The topic, for errors and for the records. Default: empty. */
  readonly topic?: string | undefined;
  /** The partition, for errors and for the records. Default: −1. */
  readonly partition?: number | undefined;
}

/** {@link ReadOptions} with their defaults. */
export interface ReadSettings {
  readonly codecs: Codecs;
  readonly crc32c: Crc32c;
  readonly maxDecompressedBytes: number | undefined;
  readonly checkCrcs: boolean;
  readonly bytesView: BytesView | undefined;
  readonly topic: string;
  readonly partition: number;
}

/** Applies the defaults to the options of a reader. */
export function readSettings(options: ReadOptions): ReadSettings {
  return {
    codecs: options.codecs === undefined ? portableCodecs() : { ...portableCodecs(), ...options.codecs },
    crc32c: options.crc32c ?? crc32c,
    maxDecompressedBytes: options.maxDecompressedBytes,
    checkCrcs: options.checkCrcs ?? true,
    bytesView: options.bytesView,
    topic: options.topic ?? "",
    partition: options.partition ?? -1,
  };
}

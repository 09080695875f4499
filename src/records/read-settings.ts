import type { Crc32c } from "../runtime/checksum.ts";
import type { Codecs } from "../runtime/codec.ts";
import { crc32c } from "../wire/crc32c.ts";
import type { BytesView } from "./bytes-view.ts";
import { portableCodecs } from "./compression.ts";

/** How batches are read. */
export interface ReadOptions {
  /** Codecs in place of the portable ones. */
  readonly codecs?: Codecs | undefined;
  /** The CRC-32C in place of the portable one. */
  readonly crc32c?: Crc32c | undefined;
  /**
   * What a batch may decompress to, in bytes. Default 24 MiB, or 64 times its compressed size up to 128 MiB: a bomb of
   * a kilobyte must not cost a gigabyte. A batch that needs more is refused with kind `config`; the message says how
   * much it needs.
   */
  readonly maxDecompressedBytes?: number | undefined;
  /** Whether the CRC is checked. Default true. Java: `check.crcs`. */
  readonly checkCrcs?: boolean | undefined;
  /** How views of keys, values and headers are made. Default: as Uint8Arrays. */
  readonly bytesView?: BytesView | undefined;
  /** Named in errors, and by the records. */
  readonly topic?: string | undefined;
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

/** The options of a reader with their defaults. */
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

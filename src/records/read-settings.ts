import { KafkaError } from "../errors/kafka-error.ts";
import type { Crc32c } from "../runtime/checksum.ts";
import type { Codecs, CompressionType } from "../runtime/codec.ts";
import { crc32c } from "../wire/crc32c.ts";
import { decompressionBound, portableCodecs } from "./compression.ts";
import { corrupt } from "./record-reader.ts";

/** How batches are read. */
export interface ReadOptions {
  /** Codecs in place of the portable ones. */
  readonly codecs?: Codecs | undefined;
  /** The CRC-32C in place of the portable one. */
  readonly crc32c?: Crc32c | undefined;
  /**
   * What a batch may decompress to, in bytes. Default 24 MiB, or 16 times its compressed size up to 128 MiB: a bomb of a
   * kilobyte must not cost a gigabyte.
   */
  readonly maxDecompressedBytes?: number | undefined;
  /** Whether the CRC is checked. Default true. Java: `check.crcs`. */
  readonly checkCrcs?: boolean | undefined;
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
    topic: options.topic ?? "",
    partition: options.partition ?? -1,
  };
}

/** Decompresses what a batch holds. Whatever goes wrong is kind `corrupt` and names topic, partition and offset. */
export function decompressed(settings: ReadSettings, baseOffset: number, type: Exclude<CompressionType, "none">, bytes: Uint8Array): Uint8Array {
  const codec = settings.codecs[type];
  if (codec === undefined) {
    const { topic, partition } = settings;
    throw new KafkaError("unsupported", `the batch at ${topic}-${partition} offset ${baseOffset} is compressed with ${type}, and there is no codec for it: pass one as codecs.${type}`, { topic, partition, offset: baseOffset });
  }
  try {
    return codec.decompress(bytes, decompressionBound(bytes.length, settings.maxDecompressedBytes));
  } catch (error) {
    throw corrupt(settings, baseOffset, `${type} cannot decompress it: ${KafkaError.from(error).message}`, error);
  }
}

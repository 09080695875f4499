/**
 * A compression codec. It is synchronous: asynchronous compression gains nothing for batches of Kafka's size and makes
 * the order of events harder. `decompress` must stop before it produces more than `maxBytes`, and throw a `KafkaError`
 * of kind `config`. It throws kind `corrupt` for malformed bytes. For valid bytes that it cannot read it throws kind
 * `unsupported`; the portable codec is then tried.
 */
export interface Codec {
  /**
   * Compresses `bytes`. `level` comes from the option `compressionGzipLevel` and the like; if absent, use the codec's
   * default.
   */
  compress(bytes: Uint8Array, level?: number): Uint8Array;
  /** Decompresses `bytes` to at most `maxBytes` bytes. */
  decompress(bytes: Uint8Array, maxBytes: number): Uint8Array;
}

/** Kafka's names of the compression types. */
export type CompressionType = "none" | "gzip" | "snappy" | "lz4" | "zstd";

/** Codecs that a platform supplies to replace the portable ones. */
export type Codecs = { readonly [name in Exclude<CompressionType, "none">]?: Codec };

/** The part of {@link Codecs} that a producer uses. */
export type Compressors = { readonly [name in Exclude<CompressionType, "none">]?: Pick<Codec, "compress"> };

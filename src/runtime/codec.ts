/**
 * A compression codec, synchronous: an asynchronous one gains nothing for batches of Kafka's size and costs an order of
 * events. `decompress` must stop before it makes more than `maxBytes`, with a `KafkaError` of kind `config`. It throws
 * kind `corrupt` for malformed bytes, and kind `unsupported` for sound ones that it cannot read: then the portable
 * codec is tried.
 */
export interface Codec {
  /**
   * The compressed bytes. `level` is that of the option `compressionGzipLevel` and the like;
   * absent: the default of the codec.
   */
  compress(bytes: Uint8Array, level?: number): Uint8Array;
  /** The bytes that were compressed, at most `maxBytes` of them. */
  decompress(bytes: Uint8Array, maxBytes: number): Uint8Array;
}

/** Kafka's names for what a batch may be compressed with. */
export type CompressionType = "none" | "gzip" | "snappy" | "lz4" | "zstd";

/** Codecs that a platform offers in place of the portable ones. */
export type Codecs = { readonly [name in Exclude<CompressionType, "none">]?: Codec };

import type { CompressionType } from "../runtime/codec.ts";
import { snappySize } from "./snappy.ts";
import { lz4Size } from "./lz4.ts";
import { zstdSize } from "./zstd/codec.ts";

/**
 * The decompressed size according to the headers, without decompressing. Undefined if they do not say. For gzip this is
 * the size of the last member, so the real size may be larger.
 */
export function announcedSize(type: Exclude<CompressionType, "none">, bytes: Uint8Array): number | undefined {
  switch (type) {
    case "gzip":
      return gzipSize(bytes);
    case "snappy":
      return snappySize(bytes);
    case "lz4":
      return lz4Size(bytes);
    case "zstd":
      return zstdSize(bytes);
  }
}

/** The trailer of the last member, modulo 2^32 (RFC 1952). */
function gzipSize(bytes: Uint8Array): number | undefined {
  return bytes.length < 4
    ? undefined
    : new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4).getUint32(0, true);
}

import * as zlib from "node:zlib";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { Codec, Codecs } from "../../runtime/codec.ts";

/** What `node:zlib` has since Node 22.15 and 23.8. */
interface ZstdFunctions {
  readonly zstdCompressSync?: (bytes: Uint8Array, options: object) => Uint8Array;
  readonly zstdDecompressSync?: (bytes: Uint8Array, options: object) => Uint8Array;
}
/** `ZSTD_c_compressionLevel`. */
const ZSTD_LEVEL = 100;

/** Node's own codecs: synchronous ones, which beat the asynchronous ones for batches of Kafka's size. zstd where this Node has it. */
export function nodeCodecs(): Codecs {
  const { zstdCompressSync, zstdDecompressSync } = zlib as ZstdFunctions;
  return zstdCompressSync === undefined || zstdDecompressSync === undefined ? { gzip } : { gzip, zstd: zstd(zstdCompressSync, zstdDecompressSync) };
}

const gzip: Codec = {
  compress: (bytes, level) => zlib.gzipSync(bytes, level === undefined ? {} : { level }),
  decompress: (bytes, maxBytes) => bounded(bytes, maxBytes, () => zlib.gunzipSync(bytes, { maxOutputLength: Math.max(1, maxBytes) })),
};

function zstd(compress: NonNullable<ZstdFunctions["zstdCompressSync"]>, decompress: NonNullable<ZstdFunctions["zstdDecompressSync"]>): Codec {
  return {
    compress: (bytes, level) => compress(bytes, level === undefined ? {} : { params: { [ZSTD_LEVEL]: level } }),
    decompress: (bytes, maxBytes) => bounded(bytes, maxBytes, () => decompress(bytes, { maxOutputLength: Math.max(1, maxBytes) })),
  };
}

function bounded(bytes: Uint8Array, maxBytes: number, decompress: () => Uint8Array): Uint8Array {
  try {
    return decompress();
  } catch (error) {
    const why = (error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE" ? `more than ${maxBytes} bytes come out of ${bytes.length}` : KafkaError.from(error).message;
    throw new KafkaError("corrupt", why, { cause: error });
  }
}

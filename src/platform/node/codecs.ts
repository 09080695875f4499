import { KafkaError } from "../../errors/kafka-error.ts";
import type { Codec, Codecs } from "../../runtime/codec.ts";
import { nodeZlib } from "./builtin.ts";

/** The functions that `node:zlib` has since Node 22.15 and 23.8. */
interface ZstdFunctions {
  readonly zstdCompressSync: (bytes: Uint8Array, options: object) => Uint8Array;
  readonly zstdDecompressSync: (bytes: Uint8Array, options: object) => Uint8Array;
}
/** `ZSTD_c_compressionLevel`. */
const ZSTD_LEVEL = 100;

/** Node's code for a valid frame whose window is larger than the native decoder accepts (128 MiB). */
const WINDOW_TOO_LARGE = "ZSTD_error_frameParameter_windowTooLarge";

/**
 * Node's own codecs. They are synchronous, which is faster for batches of Kafka's size. They include zstd if this
 * version of Node has it.
 */
export function nodeCodecs(): Codecs {
  return hasZstd() ? { gzip, zstd } : { gzip };
}

const gzip: Codec = {
  compress: (bytes, level) => nodeZlib().gzipSync(bytes, level === undefined ? {} : { level }),
  decompress: (bytes, maxBytes) =>
    bounded(bytes, maxBytes, () => nodeZlib().gunzipSync(bytes, { maxOutputLength: outputLength(maxBytes) })),
};

const zstd: Codec = {
  compress: (bytes, level) =>
    zstdFunctions().zstdCompressSync(bytes, level === undefined ? {} : { params: { [ZSTD_LEVEL]: level } }),
  decompress: (bytes, maxBytes) =>
    bounded(bytes, maxBytes, () =>
      zstdFunctions().zstdDecompressSync(bytes, { maxOutputLength: outputLength(maxBytes) }),
    ),
};

function zstdFunctions(): ZstdFunctions {
  return nodeZlib() as unknown as ZstdFunctions;
}

/**
 * Whether the host has zstd. Node lists the library among its versions since it has the functions, so `node:zlib` need
 * not be loaded. Other hosts are checked for the functions themselves.
 */
function hasZstd(): boolean {
  const { zstd: version, bun } = process.versions;
  if (bun === undefined && !("Deno" in globalThis)) return version !== undefined;
  return typeof (zstdFunctions() as Partial<ZstdFunctions>).zstdCompressSync === "function";
}

function bounded(bytes: Uint8Array, maxBytes: number, decompress: () => Uint8Array): Uint8Array {
  try {
    return decompress();
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "ERR_BUFFER_TOO_LARGE")
      throw new KafkaError("config", `${bytes.length} compressed bytes decompress to more than ${maxBytes} bytes`, {
        cause: error,
      });
    throw new KafkaError(code === WINDOW_TOO_LARGE ? "unsupported" : "corrupt", KafkaError.from(error).message, {
      cause: error,
    });
  }
}

/** Node accepts 1 up to its own limit, which is 4 GiB on Node 20 and higher later. */
function outputLength(maxBytes: number): number {
  return Math.min(0xffff_ffff, Math.max(1, maxBytes));
}

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
 * Whether the host has zstd. `node:zlib` is loaded only where its versions do not say it: that takes 3 to 5 ms of each
 * start on Bun.
 */
function hasZstd(): boolean {
  const known = "Deno" in globalThis ? undefined : zstdByVersions(process.versions);
  return known ?? typeof (zstdFunctions() as Partial<ZstdFunctions>).zstdCompressSync === "function";
}

/**
 * Whether the versions of Node or Bun have the functions; undefined if they do not tell. Node lists the library since
 * it has them. Bun has listed it for longer: its 1.2.16 had none, and every 1.3 has.
 */
export function zstdByVersions(versions: Readonly<Record<string, string | undefined>>): boolean | undefined {
  const { zstd: version, bun } = versions;
  if (bun === undefined) return version !== undefined;
  const [major = 0, minor = 0] = bun.split(".").map(Number);
  return major > 1 || (major === 1 && minor >= 3) ? true : undefined;
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

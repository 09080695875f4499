import { KafkaError } from "../../errors/kafka-error.ts";
import type { Codec, Codecs } from "../../runtime/codec.ts";
import { workerdGlobals } from "./host.ts";

/** The functions of `node:zlib` that are used. */
interface Zlib {
  gzipSync(bytes: Uint8Array, options: object): Uint8Array;
  gunzipSync(bytes: Uint8Array, options: object): Uint8Array;
}

/**
 * The host's gzip, which Workers have with Node's modules (`nodejs_compat`, the default since compatibility date
 * 2026-08-04). Without them there is no synchronous codec, and the portable ones of this package are used.
 */
export function workerdCodecs(): Codecs {
  const zlib = workerdGlobals().process?.getBuiltinModule?.("node:zlib") as Partial<Zlib> | undefined;
  const { gzipSync, gunzipSync } = zlib ?? {};
  if (typeof gzipSync !== "function" || typeof gunzipSync !== "function") return {};
  const gzip: Codec = {
    compress: (bytes, level) => gzipSync(bytes, level === undefined ? {} : { level }),
    decompress: (bytes, maxBytes) => {
      try {
        return gunzipSync(bytes, { maxOutputLength: Math.max(1, Math.min(maxBytes, 0x7fff_ffff)) });
      } catch (cause) {
        if ((cause as { readonly code?: unknown }).code !== "ERR_BUFFER_TOO_LARGE")
          throw new KafkaError("corrupt", KafkaError.from(cause).message, { cause });
        throw new KafkaError("config", `${bytes.length} compressed bytes decompress to more than ${maxBytes} bytes`, {
          cause,
        });
      }
    },
  };
  return { gzip };
}

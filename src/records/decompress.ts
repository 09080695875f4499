import { KafkaError } from "../errors/kafka-error.ts";
import type { Codec, CompressionType } from "../runtime/codec.ts";
import { announcedSize } from "./announced-size.ts";
import { decompressionBound, portableCodecs } from "./compression.ts";
import type { ReadSettings } from "./read-settings.ts";
import { corrupt } from "./record-reader.ts";

/**
 * Decompresses the records of a batch. Throws kind `corrupt` if the bytes are malformed, `config` if they are sound but
 * exceed a limit of this client, and `unsupported` if there is no codec for them. Each error names topic, partition and
 * offset.
 */
export function decompressed(
  settings: ReadSettings,
  baseOffset: number,
  type: Exclude<CompressionType, "none">,
  bytes: Uint8Array,
): Uint8Array {
  const { topic, partition } = settings;
  const where = { topic, partition, offset: baseOffset };
  const codec = settings.codecs[type];
  if (codec === undefined)
    throw new KafkaError(
      "unsupported",
      `the batch at ${topic}-${partition} offset ${baseOffset} is compressed with ${type}, and there is no codec ` +
        `for it: pass one as codecs.${type}`,
      where,
    );
  const bound = decompressionBound(bytes.length, settings.maxDecompressedBytes);
  try {
    return bounded(codec, type, bytes, bound);
  } catch (error) {
    const failure = KafkaError.from(error);
    if (failure.kind === "config")
      throw new KafkaError(
        "config",
        `the batch at ${topic}-${partition} offset ${baseOffset} is larger than this client may read: ` +
          limitExceeded(type, bytes, bound),
        { ...where, cause: error },
      );
    if (isOutOfMemory(error))
      throw new KafkaError(
        "config",
        `the batch at ${topic}-${partition} offset ${baseOffset} needs more memory than this host gives to ` +
          `${type}: ${failure.message}; lower maxDecompressedBytes, or give the process more memory`,
        { ...where, cause: error },
      );
    throw corrupt(settings, baseOffset, `${type} cannot decompress it: ${failure.message}`, error);
  }
}

/**
 * A codec of the host or the application may have limits of its own, or report the limit as damage. So the portable
 * codec decides when another codec fails.
 */
function bounded(codec: Codec, type: Exclude<CompressionType, "none">, bytes: Uint8Array, bound: number): Uint8Array {
  try {
    return codec.decompress(bytes, bound);
  } catch (error) {
    const portable = portableCodecs()[type];
    const { kind } = KafkaError.from(error);
    if (codec === portable || kind === "config" || isOutOfMemory(error)) throw error;
    let result: Uint8Array;
    try {
      result = portable.decompress(bytes, bound);
    } catch (second) {
      throw KafkaError.from(second).kind === "config" ? second : error;
    }
    // Only other codecs check the checksum inside the frame: if they report `corrupt`, it stays corrupt.
    if (kind === "corrupt") throw error;
    return result;
  }
}

function limitExceeded(type: Exclude<CompressionType, "none">, bytes: Uint8Array, bound: number): string {
  const announced = announcedSize(type, bytes) ?? 0;
  return announced > bound
    ? `${type} makes ${announced} bytes of ${bytes.length}, and maxDecompressedBytes allows ${bound}; set ` +
        `maxDecompressedBytes to at least ${announced}`
    : `${type} makes more than ${bound} bytes of ${bytes.length}, which is what maxDecompressedBytes allows; set ` +
        `maxDecompressedBytes higher than ${bound} (the batch does not say how much it needs)`;
}

/** Whether the host could not allocate the memory that the limit allows: a `RangeError`, or zlib's code on Node. */
function isOutOfMemory(error: unknown): boolean {
  const cause = KafkaError.is(error) ? (error.cause ?? error) : error;
  return cause instanceof RangeError || (cause as { code?: unknown } | undefined)?.code === "Z_MEM_ERROR";
}

import { gunzipSync, gzipSync } from "node:zlib";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { Codec, Codecs } from "../../runtime/codec.ts";

/** Node's own codecs: synchronous ones, which beat the asynchronous ones for batches of Kafka's size. */
export function nodeCodecs(): Codecs {
  return { gzip };
}

const gzip: Codec = {
  compress: (bytes, level) => gzipSync(bytes, level === undefined ? {} : { level }),
  decompress(bytes, maxBytes) {
    try {
      return gunzipSync(bytes, { maxOutputLength: maxBytes });
    } catch (error) {
      const why = (error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE" ? `more than ${maxBytes} bytes come out of ${bytes.length}` : KafkaError.from(error).message;
      throw new KafkaError("corrupt", why, { cause: error });
    }
  },
};

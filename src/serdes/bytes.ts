import { KafkaError } from "../errors/kafka-error.ts";
import { typeInWords } from "../errors/words.ts";
import type { Serde } from "./serde.ts";

/**
 * Bytes as they are; read, they are a view on the fetch response. Throws kind `serialization` for what is no
 * Uint8Array. Java: `ByteArraySerializer`.
 */
export function bytes(): Serde<Uint8Array> {
  return {
    serialize: (value, { topic }) => {
      if (Object.prototype.toString.call(value) !== "[object Uint8Array]")
        throw new KafkaError("serialization", `bytes() takes a Uint8Array, not ${typeInWords(value)}`, { topic });
      return value;
    },
    deserialize: (value) => value,
  };
}

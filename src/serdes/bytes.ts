import { KafkaError } from "../errors/kafka-error.ts";
import { typeInWords } from "../errors/words.ts";
import type { Serde } from "./serde.ts";

/**
 * Bytes, unchanged. A consumed value is a view of the fetch response. Throws kind `serialization` if a value to send is
 * not a Uint8Array. Java: `ByteArraySerializer`, `ByteArrayDeserializer`.
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

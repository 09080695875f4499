import { KafkaError } from "../errors/kafka-error.ts";
import { typeInWords } from "../errors/words.ts";
import type { Serde } from "./serde.ts";

/**
 * Text as UTF-8. Throws kind `serialization` for anything but a string, so that no record contains `[object Object]`.
 * Java: `StringSerializer`, `StringDeserializer`.
 */
export function string(): Serde<string> {
  return {
    serialize: (value, { utf8, topic }) => {
      if (typeof value !== "string")
        throw new KafkaError("serialization", `string() takes a string, not ${typeInWords(value)}`, { topic });
      return utf8.encode(value);
    },
    deserialize: (bytes, { utf8 }) => utf8.decode(bytes),
  };
}

import { KafkaError } from "../errors/kafka-error.ts";
import { typeInWords } from "../errors/words.ts";
import type { Serde } from "./serde.ts";

/**
 * Text as UTF-8. Throws kind `serialization` for anything that is no string: `[object Object]` is nobody's value. Java:
 * `StringSerializer`.
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

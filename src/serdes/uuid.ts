import { KafkaError } from "../errors/kafka-error.ts";
import { typeInWords } from "../errors/words.ts";
import type { Serde } from "./serde.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const EXPECTED = 'a UUID of 36 characters, such as "0e3f1a2b-4c5d-6e7f-8091-a2b3c4d5e6f7"';

/**
 * UUIDs: text of 36 characters in lower case as UTF-8, like Java's `UUID.toString()`. Upper case is accepted, and
 * returned in lower case. Throws kind `serialization` for other values, and for bytes that are not such a text. Java:
 * `UUIDSerializer`, `UUIDDeserializer`.
 */
export function uuid(): Serde<string> {
  return {
    serialize: (value, { utf8, topic }) => {
      if (typeof value !== "string" || !UUID.test(value))
        throw new KafkaError("serialization", `uuid() takes ${EXPECTED}, not ${typeInWords(value)}`, { topic });
      return utf8.encode(value.toLowerCase());
    },
    deserialize: (bytes, { utf8, topic }) => {
      const text = bytes.length === 36 ? utf8.decode(bytes) : "";
      if (!UUID.test(text))
        throw new KafkaError(
          "serialization",
          `uuid() reads ${EXPECTED}, but there are ${bytes.length} bytes${text === "" ? "" : " of other text"}`,
          { topic },
        );
      return text.toLowerCase();
    },
  };
}

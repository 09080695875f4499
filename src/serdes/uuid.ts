import { KafkaError } from "../errors/kafka-error.ts";
import { typeInWords } from "../errors/words.ts";
import type { Serde } from "./serde.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const EXPECTED = 'a UUID of 36 characters, such as "0e3f1a2b-4c5d-6e7f-8091-a2b3c4d5e6f7"';

/**
 * UUIDs: text of 36 characters, written in lower case as UTF-8, as Java's `UUID.toString()` gives
 * it. Text in upper case is taken, and given back in lower case. Throws kind `serialization` for
 * another value, and for bytes that are no such text. Java: `UUIDSerializer`, `UUIDDeserializer`.
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
          `uuid() reads ${EXPECTED}, and there are ${bytes.length} bytes${text === "" ? "" : " of another text"}`,
          { topic },
        );
      return text.toLowerCase();
    },
  };
}

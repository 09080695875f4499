import { KafkaError } from "../errors/kafka-error.ts";
import type { Serde } from "./serde.ts";

/** JSON as UTF-8. What `T` promises is not checked when it is read. Throws kind `serialization` for what JSON cannot say. */
export function json<T>(): Serde<T> {
  return {
    serialize: (value, { utf8, topic }) => {
      let text: string | undefined;
      try {
        text = JSON.stringify(value);
      } catch (cause) {
        throw new KafkaError("serialization", `a value for topic ${topic} has no JSON form: ${KafkaError.from(cause).message}`, { cause, topic });
      }
      if (text === undefined) throw new KafkaError("serialization", `a value for topic ${topic} has no JSON form (${typeof value}); null is a tombstone`);
      return utf8.encode(text);
    },
    deserialize: (bytes, { utf8 }) => JSON.parse(utf8.decode(bytes)) as T,
  };
}

import { counted } from "../errors/counted.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { typeInWords } from "../errors/words.ts";
import type { Serde } from "./serde.ts";

/**
 * JSON as UTF-8. On reading, the value is not checked against `T`. Throws kind `serialization` for values that JSON
 * cannot express: undefined, functions, symbols, bigints, cycles. Also throws for values that JSON would silently
 * replace by `{}` or `null`: a Promise, a Map, a Set, NaN and Infinity.
 */
export function json<T>(): Serde<T> {
  return {
    serialize: (value, { utf8, topic }) => {
      let text: string | undefined;
      try {
        text = isEmptied(value) ? undefined : JSON.stringify(value);
      } catch (cause) {
        throw new KafkaError(
          "serialization",
          `${typeInWords(value)} has no JSON form, for topic ${topic}: ${KafkaError.from(cause).message}`,
          { cause, topic },
        );
      }
      if (text === undefined)
        throw new KafkaError(
          "serialization",
          `json() cannot write ${typeInWords(value)}, for topic ${topic}: it has no JSON form; a tombstone is null`,
          { topic },
        );
      return utf8.encode(text);
    },
    deserialize: (bytes, { utf8 }) => {
      const text = utf8.decode(bytes);
      try {
        return JSON.parse(text) as T;
      } catch (error) {
        throw notJson(bytes.length, error);
      }
    },
  };
}

/**
 * Engines quote the text in their error. A payload must not appear in an error or a log line, so only the position of
 * the mistake is kept.
 */
function notJson(length: number, error: unknown): KafkaError {
  const place = / at position \d+/.exec(KafkaError.from(error).message)?.[0] ?? "";
  return new KafkaError("serialization", `json() cannot read this as JSON${place}: ${counted(length, "byte")}`);
}

/** Whether JSON.stringify would turn the value into `{}` or `null`. */
function isEmptied(value: unknown): boolean {
  if (typeof value === "number") return !Number.isFinite(value);
  if (typeof value !== "object" || value === null || typeof (value as { toJSON?: unknown }).toJSON === "function")
    return false;
  return /^\[object (Promise|Map|Set|WeakMap|WeakSet)\]$/.test(Object.prototype.toString.call(value));
}

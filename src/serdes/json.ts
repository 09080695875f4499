import { counted } from "../errors/counted.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { typeInWords } from "../errors/words.ts";
import type { Serde } from "./serde.ts";

/**
 * JSON as UTF-8. What `T` promises is not checked when it is read. Throws kind `serialization` for what JSON cannot
 * say: undefined, functions, symbols, bigints, cycles; also for a value that it would empty without a word: a Promise,
 * a Map, a Set, NaN and Infinity.
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
 * Engines quote the text in their error. A payload does not belong in an error or a log line, so only the position of
 * the mistake is taken over.
 */
function notJson(length: number, error: unknown): KafkaError {
  const place = / at position \d+/.exec(KafkaError.from(error).message)?.[0] ?? "";
  return new KafkaError("serialization", `json() cannot read this as JSON${place}: ${counted(length, "byte")}`);
}

/** What JSON.stringify makes `{}` or `null` of. */
function isEmptied(value: unknown): boolean {
  if (typeof value === "number") return !Number.isFinite(value);
  if (typeof value !== "object" || value === null || typeof (value as { toJSON?: unknown }).toJSON === "function")
    return false;
  return /^\[object (Promise|Map|Set|WeakMap|WeakSet)\]$/.test(Object.prototype.toString.call(value));
}

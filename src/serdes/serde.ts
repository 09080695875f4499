import { KafkaError } from "../errors/kafka-error.ts";
import { type Check, withMethods } from "../errors/shape.ts";
import { inWords } from "../errors/words.ts";
import type { Utf8 } from "../runtime/utf8.ts";

/** Keys and values to send without a serde. Strings are written as UTF-8; null is a tombstone. */
export type Bytes = string | Uint8Array | null;

/** The context that all records of a call share. */
export interface SerdeTopic {
  /** The topic of the records. */
  readonly topic: string;
  /** The platform's text encoder and decoder. */
  readonly utf8: Utf8;
}

/** The context of one record. */
export interface SerdeContext extends SerdeTopic {
  /** The record's headers. */
  readonly headers: readonly (readonly [name: string, value: Uint8Array | null])[];
}

/** The bytes of the key, or of the value, of one record that is about to be deserialised. */
export interface SerializedPart {
  /** A view, valid until the promise of `prepareRead` settles. */
  readonly bytes: Uint8Array;
  /** The record's headers, decoded at each access. Some registries store the id of a schema there. */
  readonly headers: SerdeContext["headers"];
}

/**
 * Converts values to bytes and back. `serialize` and `deserialize` are synchronous, so that records keep their order
 * and cost no promise. A serde that must first fetch something (a schema) does so in `prepare` before writing and in
 * `prepareRead` before reading. Null is never passed to a serde: it stays null.
 */
export interface Serde<T> {
  /** Converts a value to bytes. If it throws, the record fails with kind `serialization`. */
  serialize(value: T, context: SerdeContext): Uint8Array;
  /**
   * Converts bytes to a value. The bytes are a view: copy them if you keep them. If it throws, the record cannot be
   * read: kind `serialization`, and `onPoison` decides.
   */
  deserialize(bytes: Uint8Array, context: SerdeContext): T;
  /**
   * Fetches what `serialize` needs for this value. `send` waits for the promise; undefined means there is nothing to
   * wait for.
   */
  prepare?(value: T, context: SerdeContext): PromiseLike<void> | undefined;
  /**
   * Fetches what `deserialize` needs for the records of one batch. The consumer calls it once per batch, before it
   * returns the first record, and waits for the promise; undefined means there is nothing to wait for. Other partitions
   * continue meanwhile. `parts` are the keys, or the values, that are not null. Their bytes are views that are valid
   * until the promise settles.
   *
   * If it rejects, the consumer calls it again with one part at a time. A record whose own part is rejected cannot be
   * read: kind `serialization`, and `onPoison` decides. A later loop calls it again for the same records, so cache what
   * you fetched.
   */
  prepareRead?(parts: Iterable<SerializedPart>, context: SerdeTopic): PromiseLike<void> | undefined;
}

/** Checks a user's serde, as an option of a producer. */
export const canSerialize: Check = (value, path) => {
  checkMethods(value, path, "serialize", "prepare");
};

/** Checks a user's serde, as an option of a consumer. */
export const canDeserialize: Check = (value, path) => {
  checkMethods(value, path, "deserialize", "prepareRead");
};

const checks = { serialize: withMethods("serialize"), deserialize: withMethods("deserialize") };

/** Requires a synchronous method `work`. `preparation` must be a function if it is present. */
function checkMethods(
  value: unknown,
  path: string,
  work: "serialize" | "deserialize",
  preparation: "prepare" | "prepareRead",
): void {
  // The user wrote `value: json` instead of `value: json()`.
  if (typeof value === "function" && !(work in value)) {
    throw new KafkaError(
      "config",
      `${path} takes an object with ${work}(), not a function; call it: ${value.name || "f"}()`,
    );
  }
  checks[work](value, path);
  const methods = value as Readonly<Record<string, unknown>>;
  if (/^\[object Async/.test(Object.prototype.toString.call(methods[work])))
    throw new KafkaError(
      "config",
      `${path}.${work} is an async function, but ${work} must be synchronous: do asynchronous work in ` + preparation,
    );
  const prepares = methods[preparation];
  if (prepares !== undefined && typeof prepares !== "function")
    throw new KafkaError("config", `${path}.${preparation} takes a function, not ${inWords(prepares)}`);
}

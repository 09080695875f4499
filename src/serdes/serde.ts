import { KafkaError } from "../errors/kafka-error.ts";
import { type Check, withMethods } from "../errors/shape.ts";
import { inWords } from "../errors/words.ts";
import type { Utf8 } from "../runtime/utf8.ts";

/** What keys and values are without a serde, on the way in: text is written as UTF-8, null is a tombstone. */
export type Bytes = string | Uint8Array | null;

/** What a serde may know of all records that it is given. */
export interface SerdeTopic {
  readonly topic: string;
  /** The platform's text encoder and decoder. */
  readonly utf8: Utf8;
}

/** What a serde may know of the record beside the part it is given. */
export interface SerdeContext extends SerdeTopic {
  readonly headers: readonly (readonly [name: string, value: Uint8Array | null])[];
}

/** The bytes of the key, or of the value, of one record that is going to be deserialised. */
export interface SerializedPart {
  /** A view that is valid until the promise of `prepareRead` settles. */
  readonly bytes: Uint8Array;
  /** The record's headers, decoded each time they are asked for: some registries put the id of a schema there. */
  readonly headers: SerdeContext["headers"];
}

/**
 * Turns values into bytes and back. `serialize` and `deserialize` are synchronous, so that records keep their order and
 * cost no promise. A serde that must fetch something first (a schema) does so in `prepare` before it writes, and in
 * `prepareRead` before it reads. Null never reaches a serde: it stays null.
 */
export interface Serde<T> {
  /** The bytes of a value. What it throws fails the record with kind `serialization`. */
  serialize(value: T, context: SerdeContext): Uint8Array;
  /**
   * The value of these bytes, which are a view: copy what is to be kept. What it throws is kind
   * `serialization`, and `onPoison` decides.
   */
  deserialize(bytes: Uint8Array, context: SerdeContext): T;
  /** Fetches what `serialize` needs for this value. `send` waits for the promise; undefined: nothing to wait for. */
  prepare?(value: T, context: SerdeContext): PromiseLike<void> | undefined;
  /**
   * Fetches what `deserialize` needs for the records of one batch. The consumer calls it once for a batch,
   * before it hands out the first record, and waits for the promise; undefined: nothing to wait for. Other
   * partitions go on meanwhile. `parts` are the keys, or the values, that are not null; the bytes are views
   * that are valid until the promise settles. When it rejects, the consumer asks again with one part at a
   * time, and a record whose own part is refused cannot be read: kind `serialization`, and `onPoison`
   * decides. It is called again for the same records when a later loop comes there, so keep what was fetched.
   */
  prepareRead?(parts: Iterable<SerializedPart>, context: SerdeTopic): PromiseLike<void> | undefined;
}

/** A user's serde, as an option of a producer. */
export const canSerialize: Check = (value, path) => {
  checkMethods(value, path, "serialize", "prepare");
};

/** A user's serde, as an option of a consumer. */
export const canDeserialize: Check = (value, path) => {
  checkMethods(value, path, "deserialize", "prepareRead");
};

const checks = { serialize: withMethods("serialize"), deserialize: withMethods("deserialize") };

/** `work` must be there and synchronous; `preparation`, where it is, must be a function. */
function checkMethods(
  value: unknown,
  path: string,
  work: "serialize" | "deserialize",
  preparation: "prepare" | "prepareRead",
): void {
  // `value: json` in place of `value: json()`.
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
      `${path}.${work} is an async function, and ${work} is synchronous: ${preparation} is the place for what ` +
        "must be waited for",
    );
  const prepares = methods[preparation];
  if (prepares !== undefined && typeof prepares !== "function")
    throw new KafkaError("config", `${path}.${preparation} takes a function, not ${inWords(prepares)}`);
}

import { type Check, withMethods } from "../errors/shape.ts";
import type { Utf8 } from "../runtime/utf8.ts";

/** What keys and values are without a serde, on the way in: text is written as UTF-8, null is a tombstone. */
export type Bytes = string | Uint8Array | null;

/** What a serde may know of the record beside the part it is given. */
export interface SerdeContext {
  readonly topic: string;
  readonly headers: readonly (readonly [name: string, value: Uint8Array | null])[];
  readonly utf8: Utf8;
}

/**
 * Turns values into bytes and back. Synchronous, so that records keep their order and cost no promise; what must be
 * fetched first (a schema) is fetched in `prepare`. Null never reaches a serde: it stays null.
 */
export interface Serde<T> {
  serialize(value: T, context: SerdeContext): Uint8Array;
  deserialize(bytes: Uint8Array, context: SerdeContext): T;
  prepare?(value: T, context: SerdeContext): PromiseLike<void> | undefined;
}

/** A user's serde, as an option of a producer. */
export const canSerialize: Check = withMethods("serialize");

/** A user's serde, as an option of a consumer. */
export const canDeserialize: Check = withMethods("deserialize");

import { detailsOf, KafkaError } from "../errors/kafka-error.ts";
import { reading } from "../errors/shape.ts";

const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/**
 * The results of a call on several items (users, ACLs, …), in the order of the call: for each item its value, or the
 * `KafkaError` because of which it failed. One item that fails does not undo the others. Iterates like a Map, by pairs
 * of key and result. Java: the futures in `DescribeUserScramCredentialsResult` and the like.
 */
export class Results<K, V> implements Iterable<readonly [key: K, result: V | KafkaError]> {
  /** Each item with its result. */
  readonly entries: readonly (readonly [key: K, result: V | KafkaError])[];
  readonly #idOf: (key: K) => string;
  readonly #byId = new Map<string, V | KafkaError>();

  /** `idOf` returns the same text for equal keys. @internal */
  constructor(entries: readonly (readonly [key: K, result: V | KafkaError])[], idOf: (key: K) => string) {
    this.entries = entries;
    this.#idOf = idOf;
    for (const [key, result] of entries) this.#byId.set(idOf(key), result);
    // Consoles of Node and Bun then print whole items and errors, not only `[Array]`.
    Object.defineProperty(this, INSPECT, { value: () => new Map(entries) });
  }

  /** The number of items. */
  get size(): number {
    return this.entries.length;
  }

  /**
   * The value of an item, or its error; undefined if the call was not about this item. Keys are compared by their
   * content, so an equal object finds the item too.
   */
  get(key: K): V | KafkaError | undefined {
    return this.#byId.get(reading("get: the key", () => this.#idOf(key)));
  }

  /** The values of all items, in the order of the call. Throws the error of the first item that failed. */
  orThrow(): readonly V[] {
    return this.entries.map(([, result]) => {
      // Made here, so that the stack has the line of the application.
      if (KafkaError.is(result)) throw new KafkaError(result.kind, result.message, detailsOf(result));
      return result;
    });
  }

  [Symbol.iterator](): Iterator<readonly [key: K, result: V | KafkaError]> {
    return this.entries[Symbol.iterator]();
  }
}

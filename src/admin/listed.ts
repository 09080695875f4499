import { detailsOf, KafkaError } from "../errors/kafka-error.ts";

/** A broker that did not answer, so that its part of a list is missing. */
export interface BrokerFailure {
  /** The node id of the broker. */
  readonly nodeId: number;
  /** The reason. */
  readonly error: KafkaError;
}

/**
 * A list to which each broker contributes its part. A broker that fails does not undo the others: its part is missing,
 * and it is in `errors`. Iterates over the items. Java: `valid()`, `errors()` and `all()` of `ListGroupsResult`.
 */
export class Listed<T> implements Iterable<T> {
  /** The items of all brokers that answered. */
  readonly items: readonly T[];
  /** The brokers whose part is missing. */
  readonly errors: readonly BrokerFailure[];

  /** @internal */
  constructor(items: readonly T[], errors: readonly BrokerFailure[]) {
    this.items = items;
    this.errors = errors;
  }

  /** Returns the items. Throws the first error if the part of a broker is missing. */
  orThrow(): readonly T[] {
    const [first] = this.errors;
    // Made here, so that the stack has the line of the application.
    if (first !== undefined) throw new KafkaError(first.error.kind, first.error.message, detailsOf(first.error));
    return this.items;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.items[Symbol.iterator]();
  }
}

import type { ObservedClient } from "./hook-sites.ts";

/**
 * The member by which `observe` reaches the inside of a `Kafka` or a client. The ES modules and the CommonJS build of
 * the package have it in common: a program may load one by `import` and the other by `require`.
 */
export const OBSERVABLE: unique symbol = Symbol.for("odradek.observable");

/** The inside of a `Kafka`, or of one of its clients, for `observe`. */
export interface Observable {
  /** The clients that there are. */
  readonly clients: Iterable<ObservedClient>;
  /** Called with each new client; undefined for a single one. */
  readonly observers: Set<(client: ObservedClient) => void> | undefined;
  readonly isClosed: boolean;
}

/** A `Kafka`, or one of its clients. */
export interface HasObservable {
  readonly [OBSERVABLE]: Observable;
}

/** Makes a client of the user observable, and returns the inside of it. */
export function observableAs<C extends ObservedClient & { readonly tasks: { readonly isClosed: boolean } }>(
  owner: object,
  client: C,
): C {
  const get = (): Observable => ({ clients: [client], observers: undefined, isClosed: client.tasks.isClosed });
  Object.defineProperty(owner, OBSERVABLE, { get });
  return client;
}

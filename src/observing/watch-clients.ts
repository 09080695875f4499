import { KafkaError } from "../errors/kafka-error.ts";
import { reading } from "../errors/shape.ts";
import type { HookListening, ObservedClient } from "../hooks/hook-sites.ts";
import { type HasObservable, type Observable, OBSERVABLE } from "../hooks/observable.ts";
import { ClientHooks } from "./client-hooks.ts";

/**
 * Calls `begin` with each client of a `Kafka`, those that are made later too, or with the one client that was given.
 * Returns a function that ends it, and calls what `begin` returned for each. Throws kind `config` for anything else, in
 * the name of `call`, and `closed` for what is closed.
 */
export function watchClients(target: unknown, call: string, begin: (client: ObservedClient) => () => void): () => void {
  const observable = observableOf(target, call);
  if (observable.isClosed) throw new KafkaError("closed", `${call}: the object to observe was closed`);
  const ends = new Map<ObservedClient, () => void>();
  const add = (client: ObservedClient): void => {
    // An application may make a client for each of its tasks: those that are closed need no end.
    const open = new Set(observable.clients);
    for (const known of ends.keys()) if (!open.has(known)) ends.delete(known);
    ends.set(client, begin(client));
  };
  for (const client of observable.clients) add(client);
  observable.observers?.add(add);
  return () => {
    observable.observers?.delete(add);
    for (const end of ends.values()) end();
    ends.clear();
  };
}

/** The inside of a `Kafka` or a client. Throws kind `config` for anything else, in the name of `call`. */
export function observableOf(target: unknown, call: string): Observable {
  const found = reading(
    `${call}: its first argument`,
    () => (target as Partial<HasObservable> | null | undefined)?.[OBSERVABLE],
  );
  if (found === undefined)
    throw new KafkaError("config", `${call} takes a Kafka, a producer, a consumer or an admin as its first argument`);
  return found;
}

/** The listeners of a client. */
export function hooksOf(client: ObservedClient): HookListening {
  client.listeners ??= new ClientHooks(client);
  return client.listeners;
}

import type { ClusterClient } from "../cluster/cluster-client.ts";

/** The member by which `observe` reaches the inside of a `Kafka` or a client. */
export const OBSERVABLE: unique symbol = Symbol("observable");

/** The inside of a `Kafka`, or of one of its clients, for `observe`. */
export interface Observable {
  /** The clients that there are. */
  readonly clients: Iterable<ClusterClient>;
  /** Those who observe each new client; undefined for a single one. */
  readonly observers: Set<(client: ClusterClient) => void> | undefined;
  readonly isClosed: boolean;
}

/** What can be observed. */
export interface HasObservable {
  readonly [OBSERVABLE]: Observable;
}

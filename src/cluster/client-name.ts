/** The kinds of client that a `Kafka` makes. */
export type ClientKind = "producer" | "consumer" | "admin";

/** What brokers and metrics call one client of a `Kafka`. */
export interface ClientName {
  /** What its requests carry, for the logs and quotas of brokers: the user's, or a default of its own. */
  readonly clientId: string;
  /** The tags of its metrics. Clients of one `Kafka` share the user's `client-id`: the number tells them apart. */
  readonly tags: Readonly<Record<"client-id" | "client-number", string>>;
}

/**
 * The name of the client that is the `number`th of its kind (from 1) of its `Kafka`. Only a default id is numbered, as
 * Java does (`producer-1`, `consumer-GROUP-1`, `adminclient-1`): an id that the user chose may have a quota, and is
 * sent as it is.
 */
export function clientName(kind: ClientKind, number: number, given: string | undefined, groupId?: string): ClientName {
  const clientId = given ?? `odradek-${kind}${groupId === undefined ? "" : `-${groupId}`}-${number}`;
  return { clientId, tags: { "client-id": clientId, "client-number": String(number) } };
}

/** The kinds of client that a `Kafka` makes. */
export type ClientKind = "producer" | "consumer" | "admin";

/** The name of one client of a `Kafka`, for brokers and metrics. */
export interface ClientName {
  /**
   * The client id in its requests, for the brokers' logs and quotas: the user's, or a generated one. Java: `client.id`.
   */
  readonly clientId: string;
  /** The tags of its metrics. Clients of one `Kafka` share the user's `client-id`, so the number distinguishes them. */
  readonly tags: Readonly<Record<"client-id" | "client-number", string>>;
}

/**
 * The name of the `number`th client of its kind (from 1) of a `Kafka`. Only a generated id gets the number, as in Java
 * (`producer-1`, `consumer-GROUP-1`, `adminclient-1`). An id from the user may have a quota, so it is sent unchanged.
 */
export function clientName(kind: ClientKind, number: number, given: string | undefined, groupId?: string): ClientName {
  const clientId = given ?? `odradek-${kind}${groupId === undefined ? "" : `-${groupId}`}-${number}`;
  return { clientId, tags: { "client-id": clientId, "client-number": String(number) } };
}

/** The fields of every event. */
export interface HookEvent {
  /** The client that the event is about. */
  readonly client: HookClient;
  /** When it happened, in ms since the epoch. */
  readonly atMs: number;
}

/** The client that an event is about. */
export interface HookClient {
  /** The kind of client. The requests of `kafka.request` and of the calls below it belong to an `admin`. */
  readonly kind: "producer" | "consumer" | "admin";
  /** The client id in its requests. Java: `client.id`. */
  readonly clientId: string;
  /** The number of the client among those of its kind of one `Kafka`, from 1. */
  readonly number: number;
  /** The group of a consumer; undefined for other clients, and for a consumer without a group. */
  readonly groupId: string | undefined;
}

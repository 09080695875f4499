/** A broker throttles a client that is above a quota (KIP-219). */
export interface Throttle {
  /** The broker's id; undefined at a bootstrap server. */
  readonly brokerId: number | undefined;
  /** The broker, as `host:port`. */
  readonly broker: string;
  /** Kafka's name of the API whose response says so, for example `Produce`. */
  readonly api: string;
  /** For how long the client sends nothing on this connection, in ms. */
  readonly throttleMs: number;
  /** The client id of the throttled client. Java: `client.id`. */
  readonly clientId: string;
}

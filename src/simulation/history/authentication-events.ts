import type { HistoryEventBase } from "./history-event-base.ts";

/** A broker with SASL accepted or refused a login, or got a request that the client may not send now. */
export interface AuthenticationEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "authentication";
  /** The number of the connection: unique in the run. */
  readonly connection: number;
  /** The first login, a later one on the same connection, a refusal, or a request that the broker did not serve. */
  readonly what: "accepted" | "renewed" | "refused" | "not-served";
  /** How long the client stays authenticated, in ms; 0: without a limit. */
  readonly lifetimeMs?: number;
  /** Kafka's number of the type of the request that was not served. */
  readonly apiKey?: number;
  /** Where the connection was when that request arrived. */
  readonly phase?: "before-login" | "in-login" | "expired" | "closing";
}

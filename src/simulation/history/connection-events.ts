import type { HistoryEventBase } from "./history-event-base.ts";

/** A client began to connect. */
export interface ConnectEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "connect";
  /** The address of the broker, as `host:port`. */
  readonly to: string;
}

/** A client wrote a request. */
export interface RequestEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "request";
  /** The number of the connection: unique in the run. */
  readonly connection: number;
  /** The address of the broker, as `host:port`. */
  readonly to: string;
  /** Kafka's number of the request's type. */
  readonly apiKey: number;
  /** The version of the request. */
  readonly apiVersion: number;
  /** Kafka's correlation id of the request: unique per connection. */
  readonly correlationId: number;
  /** The size of the request on the wire, in bytes. */
  readonly bytes: number;
}

/** A response reached its client. */
export interface ResponseEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "response";
  /** The number of the connection: unique in the run. */
  readonly connection: number;
  /** Kafka's correlation id of the request: unique per connection. */
  readonly correlationId: number;
  /** The size of the response on the wire, in bytes. */
  readonly bytes: number;
  /** For this long the broker wants no request (KIP-219). Absent: 0, or it is not at the beginning of the response. */
  readonly throttleMs?: number;
}

/** Bytes that no broker sends reached a client: it must close the connection. */
export interface MalformedEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "malformed";
  /** The number of the connection: unique in the run. */
  readonly connection: number;
}

/** A connection was closed. */
export interface ConnectionEndEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "connection-end";
  /** The number of the connection: unique in the run. */
  readonly connection: number;
  /** The end of the connection that closed it, or the network if a fault broke it. */
  readonly by?: "client" | "server" | "network";
}

/** A whole request reached its broker (`arrival`), or the broker wrote the response (`reply`). `node` is the broker. */
export interface TransitEvent extends HistoryEventBase {
  /** The type of the event: `"arrival"` or `"reply"`. */
  readonly type: "arrival" | "reply";
  /** The number of the connection: unique in the run. */
  readonly connection: number;
  /** Kafka's correlation id of the request: unique per connection. */
  readonly correlationId: number;
}

/** A decoded request or response, as text. */
export interface BodyEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "body";
  /** Which of the two was decoded. */
  readonly of: "request" | "response";
  /** The number of the connection: unique in the run. */
  readonly connection: number;
  /** Kafka's correlation id of the request: unique per connection. */
  readonly correlationId: number;
  /** The decoded message, for a reader: not a format to parse. */
  readonly text: string;
}

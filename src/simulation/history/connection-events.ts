import type { HistoryEventBase } from "./history-event-base.ts";

/** A client began to connect. */
export interface ConnectEvent extends HistoryEventBase {
  readonly type: "connect";
  readonly to: string;
}

/** A client wrote a request. */
export interface RequestEvent extends HistoryEventBase {
  readonly type: "request";
  readonly connection: number;
  readonly to: string;
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly bytes: number;
}

/** A response reached its client. */
export interface ResponseEvent extends HistoryEventBase {
  readonly type: "response";
  readonly connection: number;
  readonly correlationId: number;
  readonly bytes: number;
  /** For this long the broker wants no request (KIP-219). Absent: 0, or it is not at the beginning of the response. */
  readonly throttleMs?: number;
}

/** Bytes that no broker sends reached a client: it must close the connection. */
export interface MalformedEvent extends HistoryEventBase {
  readonly type: "malformed";
  readonly connection: number;
}

/** A connection was closed. */
export interface ConnectionEndEvent extends HistoryEventBase {
  readonly type: "connection-end";
  readonly connection: number;
  /** The end of the connection that closed it, or the network if a fault broke it. */
  readonly by?: "client" | "server" | "network";
}

/** A whole request reached its broker (`arrival`), or the broker wrote the response (`reply`). `node` is the broker. */
export interface TransitEvent extends HistoryEventBase {
  readonly type: "arrival" | "reply";
  readonly connection: number;
  readonly correlationId: number;
}

/** A decoded request or response, as text. */
export interface BodyEvent extends HistoryEventBase {
  readonly type: "body";
  readonly of: "request" | "response";
  readonly connection: number;
  readonly correlationId: number;
  readonly text: string;
}

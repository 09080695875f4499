import type { KafkaError } from "../errors/kafka-error.ts";
import type { HookEvent } from "./hook-event.ts";

/** A connection to a broker. */
export interface ConnectionHookEvent extends HookEvent {
  /** The broker, as `host:port`. */
  readonly broker: string;
  /** The broker's id; undefined at a bootstrap server. */
  readonly nodeId: number | undefined;
  /** The purpose of the connection. A client has up to one for each broker and purpose. */
  readonly purpose: "produce" | "fetch" | "coordinator" | "other";
}

/** A connection is open: the broker has sent its versions, and, with the option `sasl`, has accepted the login. */
export interface ConnectionOpened extends ConnectionHookEvent {
  /** The time since the attempt began, in ms: name lookup, TCP, TLS, handshake and login. */
  readonly durationMs: number;
}

/** A broker has accepted a login, the first of a connection or a renewal of the session (KIP-368). */
export interface ConnectionAuthenticated extends ConnectionHookEvent {
  /** For how long the broker accepts the session, in ms; undefined without an end. */
  readonly sessionLifetimeMs: number | undefined;
}

/** A connection could not be opened. The client tries again, unless the error says that this is of no use. */
export interface ConnectionRefused extends ConnectionHookEvent {
  /** The reason. */
  readonly error: KafkaError;
}

/** A connection that was open has closed. */
export interface ConnectionClosed extends ConnectionHookEvent {
  /** The reason. Its kind is `closed` if this client closed it: it was idle, or the client was closed. */
  readonly error: KafkaError;
}

/** A request to a broker. */
export interface RequestHookEvent extends ConnectionHookEvent {
  /** Kafka's name of the API, for example `Produce`. */
  readonly apiName: string;
  /** The API's number; undefined for a token of SASL that has no header. */
  readonly apiKey: number | undefined;
  /** The version of the request; undefined for a token of SASL that has no header. */
  readonly apiVersion: number | undefined;
  /** The request's number on its connection; −1 for a token of SASL that has no header. */
  readonly correlationId: number;
  /** When the request was made, in ms since the epoch. */
  readonly createdAtMs: number;
}

/** A request was passed to the network. */
export interface RequestWritten extends RequestHookEvent {
  /** Its size in bytes, with the length in front. */
  readonly sizeInBytes: number;
  /** How long it waited before, in ms: for the end of a throttle, or for another login. */
  readonly queuedMs: number;
  /** The number of requests on the connection that wait for their response, this one included. */
  readonly inFlight: number;
}

/** A request was answered, perhaps with an error in the response. With `acks: 0`: it was written. */
export interface RequestAnswered extends RequestWritten {
  /** When the request was written, in ms since the epoch. */
  readonly sentAtMs: number;
  /** The size of the response in bytes, without the length in front; 0 if there is none. */
  readonly responseSizeInBytes: number;
  /** The time from the write to the response, in ms. For Fetch and JoinGroup brokers wait on purpose. */
  readonly durationMs: number;
}

/** A request failed without a response: its connection was lost, or it was never sent. */
export interface RequestFailed extends RequestHookEvent {
  /** When it was written, in ms since the epoch; undefined if it was not. */
  readonly sentAtMs: number | undefined;
  /** The reason. Its `outcome` says whether the broker may have carried the request out. */
  readonly error: KafkaError;
}

/** A request was not answered within its timeout. The connection is closed, and {@link RequestFailed} follows. */
export interface RequestTimedOut extends RequestHookEvent {
  /** When it was written, in ms since the epoch; undefined if it was not. */
  readonly sentAtMs: number | undefined;
  /** The timeout, in ms. */
  readonly timeoutMs: number;
}

/** A response says that the client is above a quota: nothing is sent on this connection for a while (KIP-219). */
export interface RequestThrottled extends ConnectionHookEvent {
  /** Kafka's name of the API whose response says so, for example `Produce`. */
  readonly apiName: string;
  /** For how long, in ms. */
  readonly throttleMs: number;
}

/** Requests of a connection wait before they are written: for the end of a throttle, or for another login. */
export interface RequestQueueChanged extends ConnectionHookEvent {
  /** The number of requests that wait; 0 when all were written or have failed. */
  readonly queueSize: number;
}

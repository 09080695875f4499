import type { KafkaError } from "../errors/kafka-error.ts";
import type { VersionRange } from "../protocol/api-versions.ts";
import type { Api, Input } from "../protocol/schema.ts";
import type { AbortSignalLike, Cancellation } from "../runtime/cancellation.ts";
import type { DeadlineWheel } from "../runtime/deadline-wheel.ts";
import type { Host } from "../runtime/host.ts";
import type { LogLevel } from "../runtime/platform.ts";
import type { ConnectionEvent, ConnectionState } from "./connection-state.ts";

/** Authenticates the connections of all clients of a `Kafka`. */
export interface Authenticator {
  /** The authentications of one connection. */
  sessions(host: SessionHost): Sessions;
}

/** The authentications of one connection: the first, and those that renew its session. */
export interface Sessions {
  /** Rejects with the reason if the connection cannot be used. */
  first(signal: AbortSignalLike): Promise<void>;
  /** Renews the session, postpones that, or ends the connection. Never rejects. */
  renew(signal: Cancellation): Promise<void>;
  /** The connection has closed. */
  closed(error: KafkaError): void;
}

/** The parts and limits that authentications get from the owner of the connection. */
export interface SessionOptions extends Host {
  readonly host: string;
  readonly port: number;
  readonly deadlines: DeadlineWheel;
  /** How long to wait for a response, in ms. Java: `request.timeout.ms`. */
  readonly requestTimeoutMs: number;
  /** The limit for connecting and the handshake together, in ms. Java: `socket.connection.setup.timeout.ms`. */
  readonly setupTimeoutMs: number;
  /** 0 ≤ random < 1, for the time at which a session is renewed. */
  readonly random?: () => number;
  readonly log?: (level: LogLevel, message: string) => void;
}

/** The parts of a connection that its authentications use. They send at once, whatever the state. */
export interface SessionHost {
  readonly address: string;
  readonly options: SessionOptions;
  state(): ConnectionState;
  /** Reports an event. */
  to(event: ConnectionEvent): void;
  /** The API versions that the broker supports, by API key. */
  brokerVersions(): ReadonlyMap<number, VersionRange>;
  /** Sends a request of SASL. */
  exchange<Req, Res>(api: Api<Req, Res>, message: Input<Req>, version: number, timeoutMs: number): Promise<Res>;
  /** Sends a token without a header, for brokers before Kafka 1.0, and returns the answer of the same form. */
  exchangeToken(token: Uint8Array, timeoutMs: number): Promise<Uint8Array>;
  /** When the last of the requests in flight times out: monotonic ms. */
  lastDeadlineMs(): number;
  /** Sends the requests that wait, as far as the state allows it. */
  release(): void;
  /** Fails the requests that wait, and closes the connection when nothing is in flight. */
  drain(error: KafkaError): void;
  close(error: KafkaError): void;
}

import type { KafkaError } from "../errors/kafka-error.ts";
import type { VersionRange } from "../protocol/api-versions.ts";
import type { Connector, TlsOptions } from "../runtime/byte-stream.ts";
import type { TaskGroup } from "../runtime/task-group.ts";
import type { Authenticator, SessionOptions } from "./authenticator.ts";
import type { ObservedConnection } from "../hooks/hook-sites.ts";
import type { ExpectedBroker } from "./handshake.ts";
import type { HandshakeVersion } from "./handshake-version.ts";

/** The parts and limits that a connection gets from its owner. */
export interface ConnectionOptions extends SessionOptions {
  readonly connector: Connector;
  readonly tasks: TaskGroup;
  /** The client id in each request. Java: `client.id`. */
  readonly clientId: string;
  /** An unused connection is closed after this time, in ms. Java: `connections.max.idle.ms`. */
  readonly maxIdleMs: number;
  /** The largest frame that is accepted, in bytes. */
  readonly maxFrameBytes: number;
  /** Allocates the memory for large frames, as {@link FrameDecoderOptions} says. */
  readonly allocate?: ((bytes: number) => Uint8Array) | undefined;
  readonly tls?: TlsOptions;
  /** Loads and returns the authenticator of the option `sasl`. Without it, the connection does not authenticate. */
  readonly login?: () => Promise<Authenticator>;
  /** Loads and returns the versions that the user allows, by API key. Default: all. */
  readonly allowedVersions?: () => Promise<ReadonlyMap<number, VersionRange>>;
  /** The client, with its hooks, and what the connection is to it. Default: it is not observed. */
  readonly observed?: ObservedConnection;
  /** Reports a defect of this library. */
  readonly fault?: (what: string) => void;
  /** The broker that should be at this address, if it is known and must be checked (KIP-1242). */
  readonly expected?: ExpectedBroker;
  /** The version of ApiVersions to try; shared by all connections to this address. */
  readonly handshakeVersion?: HandshakeVersion;
  /** Called when a request has waited long for its response, with the line for the log and the reason in it. */
  readonly onSlow?: (line: string, reason: string) => void;
  /** Until when the broker has throttled us. Shared by the successive connections of one purpose to this broker. */
  readonly throttle?: Throttle;
  /**
   * Called when a request times out. `idleBeforeMs` is how long the connection had received nothing before that
   * request.
   */
  readonly onSilent?: (idleBeforeMs: number) => void;
  /**
   * Called when the broker has closed the open connection. `isFirstRequest`: it did so instead of answering the first
   * request. Returns the error to report, if the cause is known.
   */
  readonly onHungUp?: (isFirstRequest: boolean) => KafkaError | undefined;
  /** Called when the connection is open, and each time when no request is in flight any more. */
  readonly onIdle?: () => void;
  /** Counters to continue, if this connection replaces another. */
  readonly counters?: ConnectionCounters;
}

/** Options of one request. */
export interface RequestOptions {
  /** How long to wait for the response, in ms. Default: the connection's `requestTimeoutMs`. */
  readonly timeoutMs?: number;
  /** The API version. Default: the highest that both sides support. */
  readonly version?: number;
  /** Whether the broker sends no response (`acks: 0`). Default false. */
  readonly noResponse?: boolean;
  /**
   * Whether a large response is decoded with turns of the host in between. Responses to later requests may settle
   * before it. Default false.
   */
  readonly isInTurns?: boolean;
}

/**
 * KIP-219: after a response with a throttle time, the broker reads nothing from that connection until the time is over.
 */
export interface Throttle {
  /** By the monotonic clock. */
  untilMs: number;
}

/** Counters of a connection, for metrics. */
export interface ConnectionCounters {
  requests: number;
  responses: number;
  bytesOut: number;
  bytesIn: number;
  throttledMs: number;
  /** The sum of the times from each request to its response. */
  latencyMs: number;
  maxLatencyMs: number;
}

/** Counters of a new connection. */
export function noTraffic(): ConnectionCounters {
  return { requests: 0, responses: 0, bytesOut: 0, bytesIn: 0, throttledMs: 0, latencyMs: 0, maxLatencyMs: 0 };
}

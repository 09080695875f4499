import type { AsyncRuntime, Clock } from "../runtime/async-runtime.ts";
import type { Connector, TlsOptions } from "../runtime/byte-stream.ts";
import type { DeadlineWheel } from "../runtime/deadline-wheel.ts";
import type { TaskGroup } from "../runtime/task-group.ts";
import type { ExpectedBroker } from "./handshake.ts";
import type { HandshakeVersion } from "./handshake-version.ts";

/** The parts and limits that a connection gets from its owner. */
export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly connector: Connector;
  readonly runtime: AsyncRuntime;
  readonly clock: Clock;
  readonly deadlines: DeadlineWheel;
  readonly tasks: TaskGroup;
  /** The client id in each request. Java: `client.id`. */
  readonly clientId: string;
  /** How long to wait for a response, in ms. Java: `request.timeout.ms`. */
  readonly requestTimeoutMs: number;
  /** The limit for connecting and the handshake together, in ms. Java: `socket.connection.setup.timeout.ms`. */
  readonly setupTimeoutMs: number;
  /** An unused connection is closed after this time, in ms. Java: `connections.max.idle.ms`. */
  readonly maxIdleMs: number;
  /** The largest frame that is accepted, in bytes. */
  readonly maxFrameBytes: number;
  /** Allocates the memory for large frames, as {@link FrameDecoderOptions} says. */
  readonly allocate?: ((bytes: number) => Uint8Array) | undefined;
  readonly tls?: TlsOptions;
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
  /** Counters to continue, if this connection replaces another. */
  readonly counters?: ConnectionCounters;
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

import type { AsyncRuntime, Clock } from "../runtime/async-runtime.ts";
import type { Connector, TlsOptions } from "../runtime/byte-stream.ts";
import type { DeadlineWheel } from "../runtime/deadline-wheel.ts";
import type { TaskGroup } from "../runtime/task-group.ts";
import type { ExpectedBroker } from "./handshake.ts";
import type { HandshakeVersion } from "./handshake-version.ts";

/** What a connection needs of its owner. */
export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly connector: Connector;
  readonly runtime: AsyncRuntime;
  readonly clock: Clock;
  readonly deadlines: DeadlineWheel;
  readonly tasks: TaskGroup;
  readonly clientId: string;
  readonly requestTimeoutMs: number;
  readonly setupTimeoutMs: number;
  readonly maxIdleMs: number;
  readonly maxFrameBytes: number;
  readonly allocate?: ((bytes: number) => Uint8Array) | undefined;
  readonly tls?: TlsOptions;
  /** The broker that should answer there, where it is known and to be checked (KIP-1242). */
  readonly expected?: ExpectedBroker;
  /** Which version of ApiVersions to ask with: shared by all connections to this address. */
  readonly handshakeVersion?: HandshakeVersion;
  /** Called when a request has no answer for long: with the line for the log, and the part of it that is the reason. */
  readonly onSlow?: (line: string, reason: string) => void;
  /** Until when the broker has asked for silence: shared by the connections that follow each other in one place. */
  readonly throttle?: Throttle;
  /** Called when a request timed out on a connection that had been quiet for so long before it. */
  readonly onSilent?: (idleBeforeMs: number) => void;
  /** Counted on, where the connection takes the place of another one. */
  readonly counters?: ConnectionCounters;
}

/** KIP-219: a broker that has answered with a throttle time reads nothing of that connection until it is over. */
export interface Throttle {
  /** By the monotonic clock. */
  untilMs: number;
}

/** What a connection has done, for metrics. */
export interface ConnectionCounters {
  requests: number;
  responses: number;
  bytesOut: number;
  bytesIn: number;
  throttledMs: number;
  /** From the request to its response, added up. */
  latencyMs: number;
  maxLatencyMs: number;
}

export function noTraffic(): ConnectionCounters {
  return { requests: 0, responses: 0, bytesOut: 0, bytesIn: 0, throttledMs: 0, latencyMs: 0, maxLatencyMs: 0 };
}

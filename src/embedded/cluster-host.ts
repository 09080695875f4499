import type { AsyncRuntime, Clock } from "../runtime/async-runtime.ts";
import type { Connector, Listener } from "../runtime/byte-stream.ts";
import type { Crypto } from "../runtime/crypto.ts";
import type { Entropy } from "../runtime/entropy.ts";
import type { LogEntry, Platform } from "../runtime/platform.ts";
import type { AuthenticationObserver } from "./security/authentication-event.ts";

/** The parts of the host that the cluster uses. */
export interface EmbeddedClusterHost {
  readonly runtime: AsyncRuntime;
  readonly clock: Clock;
  readonly entropy: Entropy;
  /** The cryptography of SCRAM and of delegation tokens. */
  readonly crypto?: Crypto;
  readonly listener: Listener;
  /** Connects to the brokers, if the platform's connector cannot; a `Kafka` takes it from here. */
  readonly connector?: Connector;
  /** The platform of the host, if it has one. A `Kafka` without a platform of its own uses it. */
  readonly platform?: Platform<AsyncRuntime>;
  /** Called with each log entry of a broker, for example why it closed a connection. */
  log?(entry: LogEntry): void;
  /** Called with each event of a connection that authenticates, also for requests that are refused. For checkers. */
  readonly onAuthentication?: AuthenticationObserver;
}

import { KafkaError } from "../errors/kafka-error.ts";
import type { AsyncRuntime, Clock, DefaultRuntime } from "./async-runtime.ts";
import type { Connector, Listener } from "./byte-stream.ts";
import type { CallContext } from "./call-context.ts";
import type { Codecs } from "./codec.ts";
import type { Crypto } from "./crypto.ts";
import type { Drain } from "./drain.ts";
import type { Entropy } from "./entropy.ts";
import type { Utf8 } from "./utf8.ts";
import type { WebAssemblyHost } from "./web-assembly.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** One line of the log, with its facts as fields. */
export interface LogEntry {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Everything that Odradek needs of a host, in one record. A user may pass any one of its members as an option instead. */
export interface Platform<R extends AsyncRuntime = DefaultRuntime> {
  readonly runtime: R;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly connector: Connector;
  readonly listener?: Listener;
  /** Native codecs; the portable ones in `records/` serve where one is absent. */
  readonly codecs: Codecs;
  readonly crypto: Crypto;
  readonly utf8: Utf8;
  /** One turn of the host, after which the microtask queue is empty: what the simulator drains with. */
  readonly drain: Drain;
  /** For the checksum of large batches; tables serve where it is absent. */
  readonly webAssembly?: WebAssemblyHost;
  /** Memory that is not cleared, and shares its buffer with nothing: what a large response is read into. Cleared memory serves where it is absent. */
  allocate?(bytes: number): Uint8Array;
  /** Where warnings and errors go when no `onLog` is set. */
  log?(entry: LogEntry): void;
  /** By it `close()` knows that a callback of `run` calls it. Where it is absent, that is known up to the callback's first `await` only. */
  readonly callContext?: CallContext;
  /** For token endpoints and schema registries. */
  fetch?(url: string, init?: unknown): PromiseLike<unknown>;
}

/** The error of a call that needs a platform, and has none: what to import, and where it is described how to write one. */
export function missingPlatform(call: string): KafkaError {
  return new KafkaError("config", `${call} needs a platform: pass one as \`platform\` (docs/platforms.md of the package shows one whole). On Node, Bun and Deno "odradek" brings its own; a tool that builds or tests for browsers resolved another file: name the file with "odradek/node", or let Jest with testEnvironment "jsdom" resolve Node's by testEnvironmentOptions: { customExportConditions: ["node"] }`);
}

import { KafkaError } from "../errors/kafka-error.ts";
import { type Check, callback, reading, shape, withMethods } from "../errors/shape.ts";
import { inWords } from "../errors/words.ts";
import type { AsyncRuntime, Clock, DefaultRuntime } from "./async-runtime.ts";
import type { Connector, Listener } from "./byte-stream.ts";
import type { CallContext } from "./call-context.ts";
import type { Codecs } from "./codec.ts";
import type { Crypto } from "./crypto.ts";
import type { Drain } from "./drain.ts";
import type { Entropy } from "./entropy.ts";
import type { Utf8 } from "./utf8.ts";
import type { WebAssemblyHost } from "./web-assembly.ts";

/** How urgent a line of the log is. A platform shows `warn` and `error`. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** One line of the log, with its facts as fields. */
export interface LogEntry {
  /** How urgent it is. */
  readonly level: LogLevel;
  readonly message: string;
  /** The facts of the message, for programs that read logs: docs/logging.md lists them. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * Everything that Odradek needs of a host, in one record; `runtime`, `clock` and `entropy` are enough for a cluster in
 * memory. A user may pass any one of its members as an option instead. docs/platforms.md says what each of them
 * promises.
 */
export interface Platform<R extends AsyncRuntime = DefaultRuntime> {
  /** Starts tasks and waits. docs/runtimes.md says how to write one. */
  readonly runtime: R;
  /** Two views of time; the `clock` of a runtime goes before it. */
  readonly clock: Clock;
  /** Random bytes. */
  readonly entropy: Entropy;
  /** Opens connections. Where it is absent, only an embedded cluster in this process can be reached. */
  readonly connector?: Connector;
  /** Accepts connections, for an embedded cluster on ports. */
  readonly listener?: Listener;
  /** Native codecs; the portable ones serve where one is absent. */
  readonly codecs?: Codecs;
  /** For authentication. */
  readonly crypto?: Crypto;
  /** For serdes; a portable one serves where it is absent. */
  readonly utf8?: Utf8;
  /** One turn of the host, after which the microtask queue is empty: what the simulator drains with. */
  readonly drain?: Drain;
  /** For the checksum of large batches; tables serve where it is absent. */
  readonly webAssembly?: WebAssemblyHost;
  /**
   * Memory that is not cleared, and shares its buffer with nothing: what a large response is read into. Cleared memory
   * serves where it is absent.
   */
  allocate?(bytes: number): Uint8Array;
  /**
   * A view of a part of a buffer, of the kind that the host's programs know: keys, values and headers of a consumer's
   * records are such. Uint8Arrays serve where it is absent.
   */
  bytesView?(buffer: ArrayBufferLike, byteOffset: number, length: number): Uint8Array;
  /** Gets each line of the log, of every level, when no `onLog` is set: shows warnings and errors. */
  log?(entry: LogEntry): void;
  /**
   * By it `close()` knows that a callback of `run` calls it. Where it is absent, that is known up to the callback's
   * first `await` only.
   */
  readonly callContext?: CallContext;
  /**
   * Calls back, synchronously, when the process ends; returns how to stop. By it records that are lost with the process
   * are logged.
   */
  onExit?(listener: () => void): () => void;
  /** For token endpoints and schema registries. */
  fetch?(url: string, init?: unknown): PromiseLike<unknown>;
}

/** A platform that has every part which a client can use. */
export type WholePlatform<R extends AsyncRuntime = DefaultRuntime> = Platform<R> &
  Required<Pick<Platform, "connector" | "codecs" | "crypto" | "utf8" | "drain">>;

const CODEC = withMethods("compress", "decompress");
export const checkCodecs: Check = shape({ gzip: CODEC, snappy: CODEC, lz4: CODEC, zstd: CODEC }, { noun: "codec" });

const MEMBERS: Readonly<Record<string, Check>> = {
  runtime: withMethods("spawn", "delayFor"),
  clock: withMethods("now", "monotonic"),
  entropy: withMethods("fill"),
  connector: withMethods("connect"),
  listener: withMethods("listen"),
  codecs: checkCodecs,
  crypto: withMethods("digest", "hmac", "pbkdf2"),
  utf8: withMethods("encode", "decode"),
  drain: callback,
  allocate: callback,
  bytesView: callback,
  log: callback,
  callContext: withMethods("run", "get"),
  onExit: callback,
  fetch: callback,
};
const NEEDED = ["runtime", "clock", "entropy"];

/**
 * Throws kind `config` that names the member which is missing or wrong. Members of other names are not looked at: a
 * platform may be an instance of a class.
 */
export const checkPlatform: Check = (value, path) => reading(path, () => checkMembers(value, path));

function checkMembers(value: unknown, path: string): void {
  const members =
    typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  const missing = NEEDED.find((name) => members?.[name] === undefined);
  if (members === undefined || missing !== undefined) {
    throw new KafkaError(
      "config",
      `${path} takes an object with at least runtime, clock and entropy, ` +
        `${members === undefined ? `not ${inWords(value)}` : `and ${missing ?? ""} is missing`} (docs/platforms.md ` +
        "of the package shows one whole)",
    );
  }
  for (const [name, check] of Object.entries(MEMBERS))
    if (members[name] !== undefined) check(members[name], `${path}.${name}`);
}

/**
 * The error of a call that needs a platform and has none. It says which build was loaded, which tools choose that one,
 * and how to choose Node's.
 */
export function missingPlatform(call: string): KafkaError {
  return new KafkaError(
    "config",
    `${call} needs a platform: pass one as \`platform\` (docs/platforms.md of the package shows a whole one). On ` +
      `Node, Bun and Deno "odradek" brings its own; this is the build without one, ` +
      (`which tools load by the export conditions "browser" and "workerd". Jest's environment "jsdom" resolves ` +
        `the \`browser\` build: begin the test file with the comment `) +
      ("/** @jest-environment node */, or choose Node's build for all of them by testEnvironmentOptions: { " +
        `customExportConditions: ["node", "node-addons"] } (docs/tools.md). `) +
      `Elsewhere the file to load is named odradek/node`,
  );
}

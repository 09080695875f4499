import { KafkaError } from "../errors/kafka-error.ts";
import { type Check, callback, reading, shape, wholeFrom, withMethods } from "../errors/shape.ts";
import { inWords } from "../errors/words.ts";
import type { AsyncRuntime, Clock, DefaultRuntime } from "./async-runtime.ts";
import type { Connector, Listener } from "./byte-stream.ts";
import type { CallContext, InContext } from "./call-context.ts";
import type { Codecs } from "./codec.ts";
import type { Crypto } from "./crypto.ts";
import type { Drain } from "./drain.ts";
import type { Entropy } from "./entropy.ts";
import type { FetchLike } from "./fetch-like.ts";
import type { Utf8 } from "./utf8.ts";
import type { WebAssemblyHost } from "./web-assembly.ts";

/** The severity of a log line. Platforms print `warn` and `error`. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** One line of the client's log, with its facts as fields. */
export interface LogEntry {
  /** The severity. */
  readonly level: LogLevel;
  /** The line as text. */
  readonly message: string;
  /** The facts in the message, for programs that read logs; docs/logging.md lists them. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * Everything that Odradek needs of a host. `runtime`, `clock` and `entropy` are enough for a cluster in memory. Each
 * member can also be passed as an option of its own. docs/platforms.md defines what each member promises.
 */
export interface Platform<R extends AsyncRuntime = DefaultRuntime> {
  /** Starts tasks and waits. docs/runtimes.md explains how to write one. */
  readonly runtime: R;
  /** The wall clock and a monotonic clock. A runtime's own `clock` takes precedence. */
  readonly clock: Clock;
  /** The source of random bytes. */
  readonly entropy: Entropy;
  /** Opens connections. Without it, only an embedded cluster in this process can be reached. */
  readonly connector?: Connector;
  /**
   * The most connections that the host lets a program have open at a time, counting those that are being opened.
   * Default: no limit. The option `maxConnections` of `Kafka` takes precedence.
   */
  readonly maxConnections?: number;
  /** Accepts connections, for an embedded cluster with ports. */
  readonly listener?: Listener;
  /** Native codecs. A portable codec is used for each that is absent. */
  readonly codecs?: Codecs;
  /** The cryptography of SASL mechanisms. Without it, mechanisms that need it are refused. */
  readonly crypto?: Crypto;
  /** Converts text for serdes. Default: a portable one. */
  readonly utf8?: Utf8;
  /** One turn of the host, after which the microtask queue is empty. The simulator drains with it. */
  readonly drain?: Drain;
  /** Speeds up the checksum of large batches. Default: lookup tables. */
  readonly webAssembly?: WebAssemblyHost;
  /**
   * Allocates memory that need not be cleared and shares its buffer with nothing. Large responses are read into it.
   * Default: cleared memory.
   */
  allocate?(bytes: number): Uint8Array;
  /**
   * A view of a part of a buffer, of the type that programs on this host expect. The keys, values and headers of a
   * consumer's records are such views. Default: a Uint8Array.
   */
  bytesView?(buffer: ArrayBufferLike, byteOffset: number, length: number): Uint8Array;
  /**
   * Receives each log line if no `onLog` is set. It prints those of the level `least` and above. Default, without the
   * option `logLevel`: `"warn"`, while lines of every level are passed.
   */
  log?(entry: LogEntry, least?: LogLevel): void;
  /**
   * Lets `close()` detect that it is called from a callback of `run`. Without it, this works only up to the callback's
   * first `await`.
   */
  readonly callContext?: CallContext;
  /**
   * Captures the async context of the code that calls it; the returned function calls another function in it. So the
   * callbacks of a `send` see what `AsyncLocalStorage` holds where `send` was called. Without it they see any context.
   */
  captureContext?(): InContext;
  /**
   * Calls `listener` synchronously when the process ends, so that the loss of unsent records is logged. Returns a
   * function that removes the listener.
   */
  onExit?(listener: () => void): () => void;
  /** The host's `fetch`, for token endpoints. It must not follow redirects. */
  readonly fetch?: FetchLike;
  /**
   * Reads a variable of the environment, for credentials of cloud providers and for `ODRADEK_LOG`. Undefined if it is
   * not set.
   */
  environment?(name: string): string | undefined;
  /** Reads a file, for the certificates that a properties file names. */
  readFile?(path: string): PromiseLike<Uint8Array>;
}

/** A platform with every member that a client can use. */
export type WholePlatform<R extends AsyncRuntime = DefaultRuntime> = Platform<R> &
  Required<Pick<Platform, "connector" | "codecs" | "crypto" | "utf8" | "drain">>;

const CODEC = withMethods("compress", "decompress");
/** Checks the option `codecs`. */
export const checkCodecs: Check = shape({ gzip: CODEC, snappy: CODEC, lz4: CODEC, zstd: CODEC }, { noun: "codec" });

const MEMBERS: Readonly<Record<string, Check>> = {
  runtime: withMethods("spawn", "delayFor"),
  clock: withMethods("now", "monotonic"),
  entropy: withMethods("fill"),
  connector: withMethods("connect"),
  maxConnections: wholeFrom(1, 2_147_483_647),
  listener: withMethods("listen"),
  codecs: checkCodecs,
  crypto: withMethods("digest", "hmac", "pbkdf2"),
  utf8: withMethods("encode", "decode"),
  drain: callback,
  allocate: callback,
  bytesView: callback,
  log: callback,
  callContext: withMethods("run", "get"),
  captureContext: callback,
  onExit: callback,
  fetch: callback,
  environment: callback,
  readFile: callback,
};
const NEEDED = ["runtime", "clock", "entropy"];

/**
 * Checks a platform. Throws kind `config` that names the missing or wrong member. Other members are allowed: a platform
 * may be an instance of a class.
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
 * The error of a call that needs a platform and has none. It says which build was loaded, which tools choose that
 * build, and how to choose Node's.
 */
export function missingPlatform(call: string): KafkaError {
  return new KafkaError(
    "config",
    `${call} needs a platform: pass one as \`platform\` (docs/platforms.md of the package shows a whole one). On ` +
      `Node, Bun, Deno and workerd "odradek" brings its own; this build is not for them. Jest's environment "jsdom" ` +
      "resolves the `browser` build: begin the test file with the comment /** @jest-environment node */, or choose " +
      `Node's build by testEnvironmentOptions: { customExportConditions: ["node", "node-addons"] } (docs/tools.md)`,
  );
}

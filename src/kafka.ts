import { KafkaError } from "./errors/kafka-error.ts";
import {
  anything,
  callback,
  flag,
  is,
  milliseconds,
  reading,
  shape,
  signal as abortSignal,
  text,
  withMethods,
} from "./errors/shape.ts";
import type { AsyncRuntime, Clock, DefaultRuntime } from "./runtime/async-runtime.ts";
import type { Connector, TlsOptions } from "./runtime/byte-stream.ts";
import type { AbortSignalLike } from "./runtime/cancellation.ts";
import type { Crc32c } from "./runtime/checksum.ts";
import type { Codecs } from "./runtime/codec.ts";
import type { Entropy } from "./runtime/entropy.ts";
import { checkCodecs, checkPlatform, type LogEntry, missingPlatform, type Platform } from "./runtime/platform.ts";
import { Admin } from "./admin/admin.ts";
import { Cluster } from "./cluster/cluster.ts";
import { loginOf } from "./cluster/lazy-login.ts";
import { callUser } from "./cluster/user-callback.ts";
import { Consumer } from "./consumer/consumer.ts";
import type { ConsumerOptions } from "./consumer/options.ts";
import type { ProducerOptions } from "./producer/options.ts";
import { Producer } from "./producer/producer.ts";
import type { Bytes } from "./serdes/serde.ts";
import { checkLogin } from "./security/login-check.ts";
import type { SaslOptions } from "./security/sasl-options.ts";
import { checkTls } from "./security/tls-options.ts";
import { portableUtf8 } from "./wire/utf8.ts";
import { vectorCrc32c } from "./records/vector-crc32c.ts";

/** The addresses of a cluster and how to reach them. An embedded cluster implements this. */
export interface ClusterLocation {
  /** `host:port`, separated by commas. */
  readonly bootstrapServers: string;
  /** Opens connections to these addresses. Default: the platform's connector. */
  readonly connector?: Connector | undefined;
  /** The cluster's platform, which a `Kafka` without a platform of its own uses. Default: none. */
  readonly platform?: Platform<AsyncRuntime> | undefined;
}

/** Options that all clients of a `Kafka` share. Exactly one of `bootstrapServers` and `cluster` is required. */
export interface KafkaBaseOptions {
  /**
   * `host:port`, separated by commas, or a list. Any broker of the cluster will do; name two or three in case one is
   * down. Required, unless `cluster` is set. Java: `bootstrap.servers`.
   */
  readonly bootstrapServers?: string | readonly string[];
  /** An embedded cluster in this process, instead of `bootstrapServers`. Default: none. */
  readonly cluster?: ClusterLocation;
  /**
   * The name of the clients of this `Kafka` in the brokers' logs, quotas and metrics. Each client sends it unchanged.
   * Default: a numbered name per client, as in Java: `odradek-producer-1`, `odradek-consumer-GROUP-1`
   * (`odradek-consumer-1` without a group), `odradek-admin-1`. Java: `client.id`.
   */
  readonly clientId?: string;
  /**
   * How long to wait for the response to one request, in ms; then its connection is closed. Default 30000, as in Java:
   * `request.timeout.ms`.
   */
  readonly requestTimeoutMs?: number;
  /**
   * The wait after the first failure, in ms. It doubles with each failure, up to `retryBackoffMaxMs`. Default 100, as
   * in Java: `retry.backoff.ms`.
   */
  readonly retryBackoffMs?: number;
  /** The longest wait between two attempts, in ms. Default 1000, as in Java: `retry.backoff.max.ms`. */
  readonly retryBackoffMaxMs?: number;
  /**
   * The limit for opening a connection, in ms. It covers the name lookup, connecting, the TLS handshake and Kafka's own
   * handshake. Default 10000, as in Java: `socket.connection.setup.timeout.ms`. On Node, Bun and Deno the addresses of
   * a name are tried 250 ms apart (RFC 8305).
   */
  readonly socketConnectionSetupTimeoutMs?: number;
  /**
   * Metadata is fetched again at this age, in ms, even if nothing requested it. Default 300000, as in Java:
   * `metadata.max.age.ms`.
   */
  readonly metadataMaxAgeMs?: number;
  /**
   * A connection is closed after this time without use, in ms. Default 540000, just below the broker's own 10 minutes.
   * Set it below the idle timeout of any load balancer in between: 4 minutes on Azure, 350 s on AWS. Java:
   * `connections.max.idle.ms`.
   */
  readonly connectionsMaxIdleMs?: number;
  /**
   * The largest response that is accepted, in bytes. Default 104857600, the value of brokers'
   * `socket.request.max.bytes`. A larger response fails with kind `config`. Java has no such limit.
   */
  readonly maxFrameBytes?: number;
  /**
   * The reaction if none of the known brokers answers. `"rebootstrap"` (default) asks the `bootstrapServers` again,
   * because all brokers may have been replaced meanwhile (KIP-899). `"none"` does not. Java:
   * `metadata.recovery.strategy`.
   */
  readonly metadataRecoveryStrategy?: "rebootstrap" | "none";
  /**
   * If requests for metadata fail for this long, in ms, all known brokers are dropped and the `bootstrapServers` are
   * asked, even if old brokers still accept connections (KIP-1102). Default 300000, as in Java:
   * `metadata.recovery.rebootstrap.trigger.ms`.
   */
  readonly metadataRecoveryRebootstrapTriggerMs?: number;
  /**
   * Whether each new connection states the broker and cluster that it is meant for. If the address now belongs to
   * another broker or cluster (in Kubernetes, for example), the broker refuses, and the client asks its
   * `bootstrapServers` again, unless `metadataRecoveryStrategy` is `"none"`. Brokers before Kafka 4.4 do not check.
   * Default true. Java: `metadata.cluster.check.enable`, KIP-1242.
   */
  readonly metadataClusterCheckEnable?: boolean;
  /**
   * TLS for every connection; `true` uses the host's defaults. Default: no TLS. Java: `security.protocol=SSL` and the
   * `ssl.*` options.
   */
  readonly tls?: TlsOptions | true;
  /**
   * How to log in to the brokers, for example `{ mechanism: "SCRAM-SHA-512", username, password }`. Functions in place
   * of secrets are called at each login, so that secrets can rotate. Default: no login. Java: `sasl.mechanism` and the
   * other `sasl.*` options; `security.protocol` is `SASL_SSL` with {@link tls}, and `SASL_PLAINTEXT` without.
   */
  readonly sasl?: SaslOptions;
  /**
   * The platform: everything that is needed of the host. Default: that of Node, Bun or Deno in `odradek`; that of
   * `cluster` in `odradek/core`. docs/platforms.md shows how to write one.
   */
  readonly platform?: Platform<AsyncRuntime>;
  /**
   * Opens connections, for proxies, tunnels and address rewriting. Default: the connector of `cluster`, else the
   * platform's.
   */
  readonly connector?: Connector;
  /** The clock, for timeouts and timestamps. Default: the runtime's if it has one, else the platform's. */
  readonly clock?: Clock;
  /** The source of random bytes, for jitter and generated ids. Default: the platform's. */
  readonly entropy?: Entropy;
  /** Codecs by compression type. Default, for each type: the platform's, else the portable one of this package. */
  readonly codecs?: Codecs;
  /**
   * Computes the CRC-32C of batches; pass a native function, for example. Default: WebAssembly with vectors if the
   * platform has it (12 GB/s), else lookup tables (2.9 GB/s).
   */
  readonly crc32c?: Crc32c;
  /**
   * Receives each log line. If it throws, or its promise rejects, that error goes to the platform's log. Default: the
   * platform's log prints warnings and errors.
   */
  readonly onLog?: (entry: LogEntry) => void;
}

/**
 * The options of a `Kafka`. `runtime` is optional only if `R` is the default: naming another runtime type without
 * passing a runtime is a compile error.
 */
export type KafkaOptions<R extends AsyncRuntime = DefaultRuntime> = KafkaBaseOptions &
  ([DefaultRuntime] extends [R] ? { readonly runtime?: R } : { readonly runtime: R });

/** Options of {@link Kafka.close}. */
export interface KafkaCloseOptions {
  /**
   * The limit for closing all clients, in ms: consumers finish work in progress and leave their groups, then producers
   * flush. Default 30000, as in Java: `close(Duration)`. Choose less than the time that your platform gives a process
   * to end (Kubernetes: `terminationGracePeriodSeconds`, 30 s).
   */
  readonly timeoutMs?: number;
  /** When it fires, close no longer waits for work in progress or for unsent records. Default: none. */
  readonly signal?: AbortSignalLike;
}

/** The parameter type of functions that accept a `Kafka` on any runtime. */
export type AnyKafka = Kafka<AsyncRuntime>;

const CLOSE_TIMEOUT_MS = 30_000;
/** Producers get at least this much of the time to close, even if consumers used up all of it. */
const FLUSH_MS = 1000;

const CLOSE_OPTIONS = shape({ timeoutMs: milliseconds, signal: abortSignal });
const OPTIONS = shape({
  bootstrapServers: anything,
  cluster: is(
    "an embedded cluster, or an object with bootstrapServers and connector",
    (value) => typeof (value as Partial<ClusterLocation> | null)?.bootstrapServers === "string",
  ),
  clientId: text,
  requestTimeoutMs: anything,
  retryBackoffMs: anything,
  retryBackoffMaxMs: anything,
  socketConnectionSetupTimeoutMs: anything,
  metadataMaxAgeMs: anything,
  connectionsMaxIdleMs: anything,
  maxFrameBytes: anything,
  metadataRecoveryStrategy: anything,
  metadataRecoveryRebootstrapTriggerMs: anything,
  metadataClusterCheckEnable: flag,
  tls: checkTls,
  sasl: checkLogin,
  platform: checkPlatform,
  connector: withMethods("connect"),
  clock: withMethods("now", "monotonic"),
  entropy: withMethods("fill"),
  codecs: checkCodecs,
  crc32c: callback,
  onLog: callback,
  runtime: withMethods("spawn", "delayFor"),
});

/**
 * A Kafka cluster, as seen by its clients. It creates producers, consumers and admins, and shares metadata among them.
 * It has no sockets and no tasks of its own.
 *
 * `R` is the type of the runtime that does all asynchronous work. `kafka.runtime` is that runtime, with its own type of
 * delay.
 */
export class Kafka<R extends AsyncRuntime = DefaultRuntime> {
  /** The runtime that does all asynchronous work of this `Kafka`. */
  readonly runtime: R;
  readonly #cluster: Cluster;
  readonly #clients = new Set<Closable>();
  #closed = false;

  /** Throws a KafkaError of kind `config` that names the wrong option. */
  constructor(options: KafkaOptions<R>);
  /** For entries that know their platform. @internal */
  constructor(options: KafkaOptions<R>, hostPlatform: Platform<AsyncRuntime>);
  constructor(options: KafkaOptions<R>, hostPlatform?: Platform<AsyncRuntime>) {
    this.#cluster = clusterOf("Kafka", options, hostPlatform);
    this.runtime = this.#cluster.options.runtime as R;
  }

  /**
   * Creates a producer, without waiting for a broker. It is idempotent with `acks: "all"` by default. It connects when
   * the first record is sent. Throws kind `config` for a wrong option, and `closed` after {@link close}.
   */
  producer<K = Bytes, V = Bytes>(options: ProducerOptions<K, V> = {}): Producer<K, V> {
    return this.#own(new Producer<K, V>(this.#cluster, options));
  }

  /**
   * Creates a consumer of topics or partitions, without waiting for a broker. It connects when its loop starts. Throws
   * kind `config` for a wrong option, and `closed` after {@link close}.
   */
  consumer<K = Uint8Array, V = Uint8Array>(options: ConsumerOptions<K, V>): Consumer<K, V> {
    return this.#own(new Consumer<K, V>(this.#cluster, options));
  }

  /** Creates an admin, for topics, ACLs, SCRAM users and delegation tokens. Throws `closed` after {@link close}. */
  admin(): Admin {
    return this.#own(new Admin(this.#cluster));
  }

  /**
   * Closes all open consumers, producers and admins of this `Kafka`, and leaves no task, delay or socket behind.
   * Consumers close first, since their last work may still send records; then producers flush. Accepted when it
   * returns: no new client can be created. `timeoutMs` (default 30000) is the limit for all clients together; a
   * `signal` acts as in each client's own `close`. Rejects with the first error of those. Idempotent.
   */
  async close(options: KafkaCloseOptions = {}): Promise<void> {
    CLOSE_OPTIONS(options, "close");
    const { signal, timeoutMs = CLOSE_TIMEOUT_MS } = options;
    this.#closed = true;
    const { clock } = this.#cluster.options;
    const deadlineMs = clock.monotonic() + timeoutMs;
    const clients = [...this.#clients];
    const limits = signal === undefined ? {} : { signal };
    // A client that was already closed has reported its errors through its own close().
    const closeOne = (client: Closable, limit: KafkaCloseOptions): Promise<void> =>
      client.isClosed ? client.close(limit).catch(() => undefined) : client.close(limit);
    const results = await Promise.allSettled(
      clients
        .filter((client) => client instanceof Consumer)
        .map((client) => closeOne(client, { ...limits, timeoutMs })),
    );
    const restMs = Math.max(Math.min(timeoutMs, FLUSH_MS), Math.ceil(deadlineMs - clock.monotonic()));
    results.push(
      ...(await Promise.allSettled(
        clients
          .filter((client) => !(client instanceof Consumer))
          .map((client) => closeOne(client, { ...limits, timeoutMs: restMs })),
      )),
    );
    for (const client of clients) this.#clients.delete(client);
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) throw KafkaError.from(failed.reason);
  }

  /** Calls {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #own<T extends Closable>(client: T): T {
    if (this.#closed) throw new KafkaError("closed", "this Kafka was closed; make another");
    // An application may create a client for each of its tasks: drop the closed ones.
    for (const other of this.#clients) if (other.isClosed) this.#clients.delete(other);
    this.#clients.add(client);
    return client;
  }
}

/**
 * Creates the state that clients share from the options of `what`. Throws kind `config` that names the wrong option.
 */
export function clusterOf(
  what: string,
  options: KafkaBaseOptions & { readonly runtime?: AsyncRuntime },
  hostPlatform?: Platform<AsyncRuntime>,
): Cluster {
  return reading(what, () => makeCluster(what, options, hostPlatform));
}

/** Where lines go. Errors of `onLog` itself can only go to the platform's log. */
function logOf(
  onLog: ((entry: LogEntry) => void) | undefined,
  platform: Platform<AsyncRuntime>,
): ((entry: LogEntry) => void) | undefined {
  if (onLog === undefined) return platform.log?.bind(platform);
  return (entry) => callUser("onLog", onLog, entry, (level, message) => platform.log?.({ level, message, fields: {} }));
}

function makeCluster(
  what: string,
  options: KafkaBaseOptions & { readonly runtime?: AsyncRuntime },
  hostPlatform: Platform<AsyncRuntime> | undefined,
): Cluster {
  OPTIONS(options, what);
  const platform = options.platform ?? hostPlatform ?? options.cluster?.platform;
  if (platform === undefined) throw missingPlatform(what);
  const {
    platform: _,
    cluster,
    connector,
    clock,
    entropy,
    codecs,
    crc32c = fastCrc32c(platform),
    onLog,
    runtime = platform.runtime,
    bootstrapServers,
    tls,
    sasl,
    ...rest
  } = options;
  const servers = bootstrapServers ?? cluster?.bootstrapServers;
  if (cluster !== undefined && servers !== cluster.bootstrapServers) {
    throw new KafkaError(
      "config",
      `${what} takes bootstrapServers or cluster, not both: the cluster has its own addresses`,
    );
  }
  if (servers === undefined)
    throw new KafkaError(
      "config",
      `${what} needs bootstrapServers, for example "localhost:9092", or an embedded cluster as \`cluster\``,
    );
  const way = connector ?? cluster?.connector ?? platform.connector;
  if (way === undefined)
    throw new KafkaError(
      "config",
      `${what} needs a connector: this platform cannot open connections. Pass \`connector\`, or an embedded ` +
        `cluster of this process as \`cluster\` (docs/platforms.md of the package shows how to write a connector)`,
    );
  const log = logOf(onLog, platform);
  const host = {
    runtime,
    clock: clock ?? runtime.clock ?? platform.clock,
    entropy: entropy ?? platform.entropy,
  };
  return new Cluster({
    ...rest,
    ...host,
    bootstrapServers: servers,
    connector: way,
    codecs: { ...platform.codecs, ...codecs },
    utf8: platform.utf8 ?? portableUtf8,
    ...(platform.callContext === undefined ? {} : { callContext: platform.callContext }),
    ...(platform.crypto === undefined ? {} : { crypto: platform.crypto }),
    ...(crc32c === undefined ? {} : { crc32c }),
    ...(platform.allocate === undefined ? {} : { allocate: platform.allocate.bind(platform) }),
    ...(platform.bytesView === undefined ? {} : { bytesView: platform.bytesView.bind(platform) }),
    ...(platform.onExit === undefined ? {} : { onExit: platform.onExit.bind(platform) }),
    ...(tls === undefined ? {} : { tls: tls === true ? {} : tls }),
    ...(sasl === undefined ? {} : loginOf(sasl, host, platform, tls !== undefined)),
    ...(log === undefined ? {} : { log }),
  });
}

/** The part of a client that closes it. */
interface Closable {
  readonly isClosed: boolean;
  close(options?: KafkaCloseOptions): Promise<void>;
}

function fastCrc32c({ webAssembly }: Platform<AsyncRuntime>): Crc32c | undefined {
  return webAssembly === undefined ? undefined : vectorCrc32c(webAssembly);
}

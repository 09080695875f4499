import { KafkaError } from "./errors/kafka-error.ts";
import {
  anything,
  callback,
  either,
  flag,
  is,
  listOf,
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
import { callUser } from "./cluster/user-callback.ts";
import { Consumer } from "./consumer/consumer.ts";
import type { ConsumerOptions } from "./consumer/options.ts";
import type { ProducerOptions } from "./producer/options.ts";
import { Producer } from "./producer/producer.ts";
import type { Bytes } from "./serdes/serde.ts";
import { portableUtf8 } from "./wire/utf8.ts";
import { vectorCrc32c } from "./records/vector-crc32c.ts";
import { isBytes } from "./wire/is-bytes.ts";

/** Where the brokers are, in a form that an embedded cluster has too: its own addresses, and the way to them. */
export interface ClusterLocation {
  /** `host:port`, several with commas between. */
  readonly bootstrapServers: string;
  /** The way to these addresses. Default: that of the platform. */
  readonly connector?: Connector | undefined;
  /** The platform that the cluster is on: a `Kafka` that has no other takes it. */
  readonly platform?: Platform<AsyncRuntime> | undefined;
}

/** What every client of a `Kafka` shares. Exactly one of `bootstrapServers` and `cluster` is needed. */
export interface KafkaBaseOptions {
  /**
   * `host:port`, several with commas between, or a list. Any broker of the cluster will do; two or three survive one
   * that is down. Java: `bootstrap.servers`.
   */
  readonly bootstrapServers?: string | readonly string[];
  /** An embedded cluster, in place of `bootstrapServers`. */
  readonly cluster?: ClusterLocation;
  /**
   * How the brokers' logs, quotas and metrics name the clients of this `Kafka`: each sends it as it is.
   * Default: a name for each, numbered by its kind, in Java's manner: `odradek-producer-1`,
   * `odradek-consumer-GROUP-1` (`odradek-consumer-1` without a group), `odradek-admin-1`. Java: `client.id`.
   */
  readonly clientId?: string;
  /**
   * How long one request may take before its connection is given up, in ms. Default 30000, as in Java:
   * `request.timeout.ms`.
   */
  readonly requestTimeoutMs?: number;
  /**
   * The first wait after a failure, in ms; it doubles up to `retryBackoffMaxMs`. Default 100. Java: `retry.backoff.ms`.
   */
  readonly retryBackoffMs?: number;
  /** The longest wait between tries, in ms. Default 1000. Java: `retry.backoff.max.ms`. */
  readonly retryBackoffMaxMs?: number;
  /**
   * How long opening a connection may take, in ms: looking up the name, trying its addresses, the
   * TLS handshake and Kafka's own. Default 10000. On Node, Bun and Deno the addresses of a name are
   * tried with a head start of 250 ms each (RFC 8305). Java: `socket.connection.setup.timeout.ms`.
   */
  readonly socketConnectionSetupTimeoutMs?: number;
  /**
   * After how many ms metadata is fetched again although nothing asked for it. Default 300000. Java:
   * `metadata.max.age.ms`.
   */
  readonly metadataMaxAgeMs?: number;
  /**
   * After how many idle ms a connection is closed. Default 540000, just below the broker's own 10 minutes. Set it below
   * the idle time of a load balancer on the way: 4 minutes on Azure, 350 s on AWS. Java: `connections.max.idle.ms`.
   */
  readonly connectionsMaxIdleMs?: number;
  /**
   * The largest response that is accepted, in bytes. Default 104857600, as `socket.request.max.bytes` of brokers. A
   * larger one fails with kind `config`. Java has no such limit.
   */
  readonly maxFrameBytes?: number;
  /**
   * What to do when no broker that was found answers any longer: ask the `bootstrapServers` again (default; all brokers
   * may have been replaced meanwhile, KIP-899), or not. Java: `metadata.recovery.strategy`.
   */
  readonly metadataRecoveryStrategy?: "rebootstrap" | "none";
  /**
   * After how many ms without metadata, though it was asked for, all that is known of brokers is forgotten and the
   * `bootstrapServers` are asked, also if old brokers still take connections (KIP-1102). Default 300000. Java:
   * `metadata.recovery.rebootstrap.trigger.ms`.
   */
  readonly metadataRecoveryRebootstrapTriggerMs?: number;
  /**
   * Whether a broker is told, when a connection to it is opened, which broker of which cluster is meant. If
   * an address was given to another broker or cluster meanwhile (in Kubernetes, for example), it refuses,
   * and the client begins again with its `bootstrapServers`, unless `metadataRecoveryStrategy` is `"none"`.
   * Brokers before Kafka 4.4 do not check. Default true. Java: `metadata.cluster.check.enable`, KIP-1242.
   */
  readonly metadataClusterCheckEnable?: boolean;
  /**
   * TLS for every connection: `true` for the host's defaults. Java: `security.protocol=SSL` and the `ssl.*` options.
   */
  readonly tls?: TlsOptions | true;
  /**
   * Everything that is needed of the host. Default: Node's, Bun's or Deno's own in `odradek`; in `odradek/core` that of
   * `cluster`. docs/platforms.md shows how to write one.
   */
  readonly platform?: Platform<AsyncRuntime>;
  /** In place of the platform's: how connections are opened. Proxies, tunnels and address rewriting go here. */
  readonly connector?: Connector;
  /** In place of the runtime's and the platform's clock. */
  readonly clock?: Clock;
  /** In place of the platform's source of randomness (jitter, producer ids of its own making). */
  readonly entropy?: Entropy;
  /** Codecs in place of the platform's and the portable ones. */
  readonly codecs?: Codecs;
  /**
   * The CRC-32C of batches, in place of our own: a native one, say. Default: by WebAssembly's vectors where the
   * platform has them, 12 GB/s, else by tables, 2.9 GB/s.
   */
  readonly crc32c?: Crc32c;
  /**
   * Gets each line of the log. What it throws, or its promise rejects with, goes to the platform's log. Default:
   * warnings and errors go to the platform's log.
   */
  readonly onLog?: (entry: LogEntry) => void;
}

/**
 * The options of a `Kafka`. The runtime may be left out only where the default stands for `R`: to name a runtime type
 * and not to pass one is a compile error.
 */
export type KafkaOptions<R extends AsyncRuntime = DefaultRuntime> = KafkaBaseOptions &
  ([DefaultRuntime] extends [R] ? { readonly runtime?: R } : { readonly runtime: R });

/** How a `Kafka` is closed. */
export interface KafkaCloseOptions {
  /**
   * How long its consumers may wait for work in hand and leave their groups, and its producers flush, together, in ms.
   * Default 30000: choose less than the time that your platform gives a process to end (Kubernetes:
   * `terminationGracePeriodSeconds`, 30 s). Java: `close(Duration)`.
   */
  readonly timeoutMs?: number;
  /** When it fires neither work in hand nor records on their way are waited for any longer. */
  readonly signal?: AbortSignalLike;
}

/** What a function takes that does not care which runtime a `Kafka` is on. */
export type AnyKafka = Kafka<AsyncRuntime>;

const CLOSE_TIMEOUT_MS = 30_000;
/** Producers get at least so much of the time to close, also if consumers took all of it. */
const FLUSH_MS = 1000;

const CLOSE_OPTIONS = shape({ timeoutMs: milliseconds, signal: abortSignal });
const PEM = either("text in PEM, or the bytes of a file with it", text, is("bytes", isBytes));
const TLS = shape({
  ca: either("text in PEM, the bytes of a file with it, or a list of those", PEM, listOf(PEM)),
  cert: PEM,
  key: PEM,
  passphrase: text,
  servername: text,
  rejectUnauthorized: flag,
});
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
  tls: (value, path) => (value === true ? undefined : TLS(value, path)),
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
 * A Kafka cluster as a client sees it: makes producers, consumers and admins, and shares its metadata among them. It
 * holds no socket and no task of its own.
 *
 * `R` is the runtime that everything asynchronous goes through; `kafka.runtime` is it, with its own delay type.
 */
export class Kafka<R extends AsyncRuntime = DefaultRuntime> {
  /** The runtime that everything asynchronous of this `Kafka` goes through. */
  readonly runtime: R;
  readonly #cluster: Cluster;
  readonly #clients = new Set<Closable>();
  #closed = false;

  /** Throws a KafkaError of kind `config` that names the option which is wrong. */
  constructor(options: KafkaOptions<R>);
  /** For the entries that know their platform. @internal */
  constructor(options: KafkaOptions<R>, hostPlatform: Platform<AsyncRuntime>);
  constructor(options: KafkaOptions<R>, hostPlatform?: Platform<AsyncRuntime>) {
    this.#cluster = clusterOf("Kafka", options, hostPlatform);
    this.runtime = this.#cluster.options.runtime as R;
  }

  /** A producer: idempotent and acks=all unless told otherwise. Its connections open with the first record. */
  producer<K = Bytes, V = Bytes>(options: ProducerOptions<K, V> = {}): Producer<K, V> {
    return this.#own(new Producer<K, V>(this.#cluster, options));
  }

  /** A consumer of the given topics or partitions. Its connections open when its loop begins. */
  consumer<K = Uint8Array, V = Uint8Array>(options: ConsumerOptions<K, V>): Consumer<K, V> {
    return this.#own(new Consumer<K, V>(this.#cluster, options));
  }

  /** An admin: creates, deletes and describes topics. */
  admin(): Admin {
    return this.#own(new Admin(this.#cluster));
  }

  /**
   * Closes every consumer, producer and admin that was made here and is still open, and leaves no task, delay or socket
   * behind: consumers first, since the work that they wait for may still send records; then producers flush. Rejects
   * with what a client's own `close` rejects with.
   */
  async close(options: KafkaCloseOptions = {}): Promise<void> {
    CLOSE_OPTIONS(options, "close");
    const { signal, timeoutMs = CLOSE_TIMEOUT_MS } = options;
    this.#closed = true;
    const { clock } = this.#cluster.options;
    const deadlineMs = clock.monotonic() + timeoutMs;
    const clients = [...this.#clients];
    const limits = signal === undefined ? {} : { signal };
    // What a client that is closed already had to say, its own close() has told.
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

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #own<T extends Closable>(client: T): T {
    if (this.#closed) throw new KafkaError("closed", "this Kafka was closed; make another");
    // An application may make a client for each of its tasks: those that it closed are not held for ever.
    for (const other of this.#clients) if (other.isClosed) this.#clients.delete(other);
    this.#clients.add(client);
    return client;
  }
}

/** What clients share, made of the options of `what`. Throws kind `config` that names the option which is wrong. */
export function clusterOf(
  what: string,
  options: KafkaBaseOptions & { readonly runtime?: AsyncRuntime },
  hostPlatform?: Platform<AsyncRuntime>,
): Cluster {
  return reading(what, () => makeCluster(what, options, hostPlatform));
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
  // What onLog itself throws can only go to the platform's log.
  const ownLog =
    onLog === undefined
      ? undefined
      : (entry: LogEntry): void =>
          callUser("onLog", onLog, entry, (level, message) => platform.log?.({ level, message, fields: {} }));
  const log = ownLog ?? platform.log?.bind(platform);
  return new Cluster({
    ...rest,
    bootstrapServers: servers,
    runtime,
    clock: clock ?? runtime.clock ?? platform.clock,
    entropy: entropy ?? platform.entropy,
    connector: way,
    codecs: { ...platform.codecs, ...codecs },
    utf8: platform.utf8 ?? portableUtf8,
    ...(platform.callContext === undefined ? {} : { callContext: platform.callContext }),
    ...(crc32c === undefined ? {} : { crc32c }),
    ...(platform.allocate === undefined ? {} : { allocate: platform.allocate.bind(platform) }),
    ...(platform.bytesView === undefined ? {} : { bytesView: platform.bytesView.bind(platform) }),
    ...(platform.onExit === undefined ? {} : { onExit: platform.onExit.bind(platform) }),
    ...(tls === undefined ? {} : { tls: tls === true ? {} : tls }),
    ...(log === undefined ? {} : { log }),
  });
}

/** A client, as its maker sees it. */
interface Closable {
  readonly isClosed: boolean;
  close(options?: KafkaCloseOptions): Promise<void>;
}

function fastCrc32c({ webAssembly }: Platform<AsyncRuntime>): Crc32c | undefined {
  return webAssembly === undefined ? undefined : vectorCrc32c(webAssembly);
}

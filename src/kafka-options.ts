import type { BootstrapServers } from "./cluster/bootstrap.ts";
import type { MapBroker } from "./cluster/announced-broker.ts";
import type { VersionsByApi } from "./cluster/lazy-versions.ts";
import type { Throttle } from "./cluster/throttle.ts";
import type { ConsumerOptions } from "./consumer/options.ts";
import type { ProducerOptions } from "./producer/options.ts";
import type { ReadPropertyFile } from "./properties/from-properties.ts";
import type { UnknownProperty } from "./properties/read-properties.ts";
import type { AsyncRuntime, Clock, DefaultRuntime } from "./runtime/async-runtime.ts";
import type { Connector, TlsOptions } from "./runtime/byte-stream.ts";
import type { AbortSignalLike } from "./runtime/cancellation.ts";
import type { Crc32c } from "./runtime/checksum.ts";
import type { Codecs } from "./runtime/codec.ts";
import type { Entropy } from "./runtime/entropy.ts";
import type { LogEntry, LogLevel, Platform } from "./runtime/platform.ts";
import type { SaslOptions } from "./security/sasl-options.ts";

/** The addresses of a cluster and how to reach them. An embedded cluster implements this. */
export interface ClusterLocation {
  /** `host:port`, separated by commas. */
  readonly bootstrapServers: string;
  /** Opens connections to these addresses. Default: the platform's connector. */
  readonly connector?: Connector | undefined;
  /** The cluster's platform, which a `Kafka` without a platform of its own uses. Default: none. */
  readonly platform?: Platform<AsyncRuntime> | undefined;
}

/**
 * Options that all clients of a `Kafka` share. Exactly one of `bootstrapServers`, `bootstrapControllers` and `cluster`
 * is required.
 */
export interface KafkaBaseOptions {
  /**
   * `host:port`, separated by commas, or a list. Any broker of the cluster will do; name two or three in case one is
   * down. A function is called whenever none of the known brokers can be connected to, and returns addresses or a
   * promise of them. If it fails, returns no addresses, or takes longer than `requestTimeoutMs`, it is called again as
   * after a failed connection. Required, unless `cluster` or `bootstrapControllers` is set. Java: `bootstrap.servers`.
   */
  readonly bootstrapServers?: BootstrapServers;
  /**
   * The addresses of controllers, in the same form, instead of `bootstrapServers`. An admin is then connected to the
   * controllers' own listener, for work on a cluster whose brokers do not run. Only the calls that controllers serve
   * are possible; all others, producers and consumers are refused at once with UNSUPPORTED_ENDPOINT_TYPE (115). Needs
   * Kafka 3.7. Default: none. Java: `bootstrap.controllers`, KIP-919.
   */
  readonly bootstrapControllers?: BootstrapServers;
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
   * The most connections that all clients of this `Kafka` have open at a time, counting those that are being opened.
   * One that needs another closes the connection that was idle longest. If none is idle, it waits, and the connection
   * that was opened first takes no more requests and is closed after its last response. Default: no limit; 6 on
   * workerd, because Cloudflare counts open sockets. Java has no such option.
   */
  readonly maxConnections?: number;
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
   * The lowest version of some APIs, by Kafka's names: `{ Fetch: 13 }`. A request for which a broker serves only lower
   * versions fails with kind `unsupported`. An unknown name fails the first connection with kind `config`. Default: no
   * limits. franz-go: `MinVersions`; Java has no such option.
   */
  readonly minVersions?: VersionsByApi;
  /**
   * The highest version of some APIs, by Kafka's names: `{ Fetch: 12 }`, for example for a broker that claims a version
   * and does not serve it well. Default: no limits. franz-go: `MaxVersions`; Java has no such option.
   */
  readonly maxVersions?: VersionsByApi;
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
  /**
   * The address at which a broker is reached from here, for brokers behind a port-forward, a tunnel or NAT, which
   * announce addresses that are valid only there (docs/networks.md). It gets `{ nodeId, host, port }` as the cluster
   * announces them, and returns `{ host, port }`, or its argument for a broker that is reached directly. It is called
   * for each new connection and must not return a promise. `bootstrapServers` are not mapped: name addresses there that
   * can be reached. TLS sends and checks the announced host, unless `tls.servername` is set. If it throws or returns
   * no address, calls fail at once with kind `config`; a KafkaError of its own is passed on, and is retried if it is
   * retriable. Default: the announced address. Java has no such option.
   */
  readonly mapBroker?: MapBroker;
  /**
   * A proxy through which every connection is opened: `"socks5://user:password@host:1080"`, or `"http://host:3128"` for
   * one with HTTP's CONNECT; `"https://…"` speaks TLS to the proxy itself. The proxy resolves the brokers' names. TLS
   * with the brokers works through it, under their own names. A wrong login at the proxy fails calls at once with kind
   * `authentication`; other refusals have kind `connection` and the proxy's reason. Only Node, Bun and Deno have it.
   * Default: none; variables such as HTTPS_PROXY are not read (docs/networks.md). Java has no such option.
   */
  readonly proxy?: string;
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
  /**
   * Called when a broker throttles a client of this `Kafka`, which is above a quota: nothing is sent on the connection
   * for `throttleMs`. If it throws, or its promise rejects, the error is logged. Default: none. Java has the metric
   * `produce-throttle-time-avg`; librdkafka: `throttle_cb`.
   */
  readonly onThrottle?: (throttle: Throttle) => void;
  /**
   * The lowest level that is logged: `"debug"`, `"info"`, `"warn"`, `"error"`, or `"off"` for no line at all.
   * `"debug"` also logs each request on one line, without any part of what it carries. Default: the variable
   * ODRADEK_LOG of the environment, where the host has one. Without both, {@link onLog} gets every line but those of
   * requests, and the platform prints warnings and errors. Java: the level of the logger.
   */
  readonly logLevel?: LogLevel | "off";
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

/** Options of {@link Kafka.fromProperties}. */
export interface PropertiesOptions {
  /**
   * Options of the `Kafka` besides those of the file, for example `onLog`; they take precedence over the file's. With
   * `cluster`, the addresses of the file are not used. Default: none.
   */
  readonly kafka?: KafkaBaseOptions & { readonly runtime?: DefaultRuntime };
  /**
   * Whether entries that no option corresponds to are left out, and returned as `unknown`. Wrong values, and entries of
   * TLS and SASL that cannot be followed, are refused in any case. Default false: they are refused too, because a
   * misspelt entry would go unnoticed. Java only logs a warning.
   */
  readonly ignoreUnknown?: boolean;
  /**
   * Reads a file that an entry names, such as `ssl.truststore.location`. Default: the platform's `readFile`, which
   * Node, Bun and Deno have.
   */
  readonly readFile?: ReadPropertyFile;
}

/** The result of {@link Kafka.fromProperties}. */
export interface FromProperties<T> {
  /** The `Kafka`. */
  readonly kafka: T;
  /** The options that the file sets of a producer: `kafka.producer(producer)`. */
  readonly producer: ProducerOptions;
  /** The options that the file sets of a consumer: `kafka.consumer({ ...consumer, topics })`. */
  readonly consumer: ConsumerOptions;
  /** With `ignoreUnknown`: the entries that were not used, and why. */
  readonly unknown: readonly UnknownProperty[];
}

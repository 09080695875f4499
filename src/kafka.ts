import { notAtControllers, ofBrokers } from "./errors/at-controllers.ts";
import { KafkaError } from "./errors/kafka-error.ts";
import { withRequestLog } from "./lazy-request-log.ts";
import {
  anything,
  callback,
  flag,
  is,
  mapOf,
  milliseconds,
  object,
  oneOf,
  reading,
  shape,
  signal as abortSignal,
  text,
  wholeFrom,
  withMethods,
} from "./errors/shape.ts";
import type { AsyncRuntime, DefaultRuntime } from "./runtime/async-runtime.ts";
import type { Crc32c } from "./runtime/checksum.ts";
import { chooseConnector } from "./runtime/choose-connector.ts";
import { checkCodecs, checkPlatform, missingPlatform, type Platform } from "./runtime/platform.ts";
import { Admin } from "./admin/admin.ts";
import type { ApiVersionsOptions, BrokerApiVersions } from "./admin/raw/broker-api-versions.ts";
import type { PingOptions, Pong } from "./admin/raw/ping.ts";
import type { RequestOptions } from "./admin/raw/raw-request.ts";
import { RequestClient } from "./admin/raw/request-client.ts";
import type { Results } from "./admin/results.ts";
import { Cluster } from "./cluster/cluster.ts";
import { CONTROLLERS } from "./cluster/lazy-controllers.ts";
import type { ClusterOptions } from "./cluster/options.ts";
import { loginOf } from "./cluster/lazy-login.ts";
import { allowedVersionsOf } from "./cluster/lazy-versions.ts";
import { LOG_THRESHOLDS, loggingOf } from "./cluster/log-level.ts";
import { OBSERVABLE } from "./hooks/observable.ts";
import { Consumer } from "./consumer/consumer.ts";
import type { ConsumerOptions } from "./consumer/options.ts";
import type {
  ClusterLocation,
  FromProperties,
  KafkaBaseOptions,
  KafkaCloseOptions,
  KafkaOptions,
  PropertiesOptions,
} from "./kafka-options.ts";
import type { ProducerOptions } from "./producer/options.ts";
import { Producer } from "./producer/producer.ts";
import { loadProperties } from "./properties/lazy-properties.ts";
import type { ApiName, RequestOf, ResponseOf } from "./protocol/api-name.ts";
import type { MessageInput } from "./protocol/schema.ts";
import type { Bytes } from "./serdes/serde.ts";
import { checkLogin } from "./security/login-check.ts";
import { checkTls } from "./security/tls-options.ts";
import { portableUtf8 } from "./wire/utf8.ts";
import { vectorCrc32c } from "./records/vector-crc32c.ts";

export type {
  ClusterLocation,
  FromProperties,
  KafkaBaseOptions,
  KafkaCloseOptions,
  KafkaOptions,
  PropertiesOptions,
} from "./kafka-options.ts";

/** The parameter type of functions that accept a `Kafka` on any runtime. */
export type AnyKafka = Kafka<AsyncRuntime>;

const CLOSE_TIMEOUT_MS = 30_000;
/** Producers get at least this much of the time to close, even if consumers used up all of it. */
const FLUSH_MS = 1000;

const PROPERTIES_OPTIONS = shape({ kafka: object, ignoreUnknown: flag, readFile: callback });
const CLOSE_OPTIONS = shape({ timeoutMs: milliseconds, signal: abortSignal });
const OPTIONS = shape({
  bootstrapServers: anything,
  bootstrapControllers: anything,
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
  maxConnections: anything,
  metadataRecoveryStrategy: anything,
  metadataRecoveryRebootstrapTriggerMs: anything,
  metadataClusterCheckEnable: flag,
  minVersions: mapOf(wholeFrom(0, 32_767)),
  maxVersions: mapOf(wholeFrom(0, 32_767)),
  tls: checkTls,
  sasl: checkLogin,
  platform: checkPlatform,
  connector: withMethods("connect"),
  mapBroker: callback,
  proxy: is("the address of a proxy as a string", (value) => typeof value === "string"),
  clock: withMethods("now", "monotonic"),
  entropy: withMethods("fill"),
  codecs: checkCodecs,
  crc32c: callback,
  onLog: callback,
  onThrottle: callback,
  logLevel: oneOf(...LOG_THRESHOLDS),
  runtime: withMethods("spawn", "delayFor"),
});

/**
 * A Kafka cluster, as seen by its clients. It creates producers, consumers and admins, and shares metadata among them.
 * Its clients have the sockets and the tasks; {@link request} and the calls below it share one client of their own.
 *
 * `R` is the type of the runtime that does all asynchronous work. `kafka.runtime` is that runtime, with its own type of
 * delay.
 */
export class Kafka<R extends AsyncRuntime = DefaultRuntime> {
  /** The runtime that does all asynchronous work of this `Kafka`. */
  readonly runtime: R;
  readonly #cluster: Cluster;
  readonly #clients = new Set<Closable>();
  #requests: RequestClient | undefined;
  #closed = false;

  /** Throws a KafkaError of kind `config` that names the wrong option. */
  constructor(options: KafkaOptions<R>);
  /** For entries that know their platform. @internal */
  constructor(options: KafkaOptions<R>, hostPlatform: Platform<AsyncRuntime>);
  constructor(options: KafkaOptions<R>, hostPlatform?: Platform<AsyncRuntime>) {
    this.#cluster = clusterOf("Kafka", options, hostPlatform, CONTROLLERS);
    this.runtime = this.#cluster.options.runtime as R;
    const { clients, observers } = this.#cluster;
    Object.defineProperty(this, OBSERVABLE, { get: () => ({ clients, observers, isClosed: this.#closed }) });
  }

  /**
   * Creates a `Kafka` from the text of a properties file of Java's clients or of librdkafka (docs/properties.md). Also
   * returns the file's options for producers and consumers, which you pass on. Rejects with kind `config` that
   * lists every entry that cannot be used, unless `ignoreUnknown` is set. Files that the entries name are read once.
   * Java: `new KafkaProducer(properties)`; librdkafka: `rd_kafka_conf_set`.
   */
  static async fromProperties(
    this: new (options: KafkaOptions) => Kafka,
    text: string,
    options: PropertiesOptions = {},
  ): Promise<FromProperties<Kafka>> {
    if (typeof this !== "function")
      throw new KafkaError("config", "fromProperties was called without its class: call Kafka.fromProperties(text)");
    PROPERTIES_OPTIONS(options, "fromProperties");
    const { kafka: given = {}, ignoreUnknown = false } = options;
    const platform = given.platform ?? (this as unknown as typeof Kafka).hostPlatform() ?? given.cluster?.platform;
    const { fromProperties } = await loadProperties();
    const readFile = options.readFile ?? platform?.readFile?.bind(platform);
    const { kafka: found, producer, consumer, unknown } = await fromProperties(text, readFile, ignoreUnknown);
    const { bootstrapServers, bootstrapControllers, ...others } = found;
    const hasAddress = given.cluster !== undefined || given.bootstrapServers !== undefined;
    const addresses =
      hasAddress || given.bootstrapControllers !== undefined ? {} : { bootstrapServers, bootstrapControllers };
    return { kafka: new this({ ...addresses, ...others, ...given } as KafkaOptions), producer, consumer, unknown };
  }

  /** The platform of an entry that knows it. @internal */
  static hostPlatform(): Platform<AsyncRuntime> | undefined {
    return undefined;
  }

  /**
   * Creates a producer, without waiting for a broker. It is idempotent with `acks: "all"` by default. It connects when
   * the first record is sent. Throws kind `config` for a wrong option, and `closed` after {@link close}.
   */
  producer<K = Bytes, V = Bytes>(options: ProducerOptions<K, V> = {}): Producer<K, V> {
    return this.#own(new Producer<K, V>(ofBrokers(this.#cluster, "a producer"), options));
  }

  /**
   * Creates a consumer of topics or partitions, without waiting for a broker. It connects when its loop starts. Throws
   * kind `config` for a wrong option, and `closed` after {@link close}.
   */
  consumer<K = Uint8Array, V = Uint8Array>(options: ConsumerOptions<K, V>): Consumer<K, V> {
    return this.#own(new Consumer<K, V>(ofBrokers(this.#cluster, "a consumer"), options));
  }

  /** Creates an admin, for topics, ACLs, SCRAM users and delegation tokens. Throws `closed` after {@link close}. */
  admin(): Admin {
    return this.#own(new Admin(this.#cluster));
  }

  /**
   * Sends one request of any API, by Kafka's name of it, and returns the whole response, which may contain error codes
   * (docs/requests.md). Fields that are absent have their defaults. It retries until the request can be sent. One that
   * was sent is never sent again, because that may do harm: if the connection is lost then, it rejects with outcome
   * `indefinite`. Rejects with kind `config` for an unknown API or field, and `unsupported` for a version that the
   * broker or this client does not have.
   *
   * Accepted when it returns. Rejects with kind `timeout` after `timeoutMs` (default 60000); a `signal` ends the wait
   * with `cancelled`, `close()` with `closed`; a request that was sent may still be carried out.
   */
  async request<A extends ApiName>(
    api: A,
    message: MessageInput<RequestOf<A>>,
    options: RequestOptions = {},
  ): Promise<ResponseOf<A>> {
    return await this.#requestClient().run(({ rawRequest }, client) => rawRequest(client, api, message, options));
  }

  /**
   * The versions of each API that the brokers serve, and the features of the cluster, as each broker knows them. A
   * broker that does not answer has an error in its place. Items without an answer after `timeoutMs` (default 60000)
   * fail with kind `timeout`; a `signal` ends the wait with `cancelled`, `close()` with `closed`. franz-go:
   * `ApiVersions`; Java's tool: `kafka-broker-api-versions.sh`.
   */
  async apiVersions(options: ApiVersionsOptions = {}): Promise<Results<number, BrokerApiVersions>> {
    return await this.#requestClient().run(({ apiVersions }, client) => apiVersions(client, options));
  }

  /**
   * A guess at the release of a broker, for example `"4.4"`: the newest release of Kafka all of whose APIs the broker
   * serves, each in that release's highest version or a later one. Undefined if the broker is older than Kafka 2.8. No
   * broker tells its release. A newer one than this package knows is taken for the newest that it knows; releases with
   * the same versions are taken for the last of them; a proxy or another broker may be taken for any. Rejects with kind
   * `timeout` after `timeoutMs` (default 60000); a `signal` ends the wait with `cancelled`, `close()` with `closed`.
   * franz-go: `VersionGuess`.
   */
  async brokerRelease(options: ApiVersionsOptions = {}): Promise<string | undefined> {
    return await this.#requestClient().run(({ brokerRelease }, client) => brokerRelease(client, options));
  }

  /**
   * Asks a broker whether it answers, over a connection that is logged in: for probes, and before the first work. It
   * says nothing about topics or rights. Rejects with the reason for which no broker could be asked, for example kind
   * `authentication` at once, and kind `timeout` after `timeoutMs` (default 5000); a `signal` ends the wait with
   * `cancelled`, `close()` with `closed`.
   */
  async ping(options: PingOptions = {}): Promise<Pong> {
    return await this.#requestClient().run(({ ping }, client) => ping(client, options));
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

  #requestClient(): RequestClient {
    if (this.#requests === undefined || this.#closed) this.#requests = this.#own(new RequestClient(this.#cluster));
    return this.#requests;
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
 * Without `controllers`, `what` is a client of brokers.
 */
export function clusterOf(
  what: string,
  options: KafkaBaseOptions & { readonly runtime?: AsyncRuntime },
  hostPlatform?: Platform<AsyncRuntime>,
  controllers: Pick<ClusterOptions, "readControllers"> = {},
): Cluster {
  return reading(what, () => makeCluster(what, options, hostPlatform, controllers));
}

function makeCluster(
  what: string,
  options: KafkaBaseOptions & { readonly runtime?: AsyncRuntime },
  hostPlatform: Platform<AsyncRuntime> | undefined,
  controllers: Pick<ClusterOptions, "readControllers">,
): Cluster {
  OPTIONS(options, what);
  const platform = options.platform ?? hostPlatform ?? options.cluster?.platform;
  if (platform === undefined) throw missingPlatform(what);
  const {
    platform: _,
    cluster,
    connector: _connector,
    proxy: _proxy,
    clock,
    entropy,
    codecs,
    crc32c = fastCrc32c(platform),
    onLog,
    logLevel,
    runtime = platform.runtime,
    bootstrapServers: _servers,
    bootstrapControllers,
    minVersions,
    maxVersions,
    tls,
    sasl,
    ...rest
  } = options;
  const servers = addressesOf(what, options);
  if (bootstrapControllers !== undefined && controllers.readControllers === undefined) throw notAtControllers(what);
  const { log, logsRequests, warnings } = loggingOf(logLevel, onLog, platform);
  const versions = allowedVersionsOf(minVersions, maxVersions);
  const host = {
    runtime,
    clock: clock ?? runtime.clock ?? platform.clock,
    entropy: entropy ?? platform.entropy,
  };
  const login = sasl === undefined ? { warnings: [] } : loginOf(sasl, host, platform, tls !== undefined);
  const made: Cluster = new Cluster({
    ...rest,
    ...host,
    bootstrapServers: servers,
    connector: chooseConnector(what, options, platform),
    ...(rest.maxConnections === undefined && cluster === undefined ? { maxConnections: platform.maxConnections } : {}),
    ...(bootstrapControllers === undefined ? {} : controllers),
    ...(logsRequests ? withRequestLog(versions, () => made) : versions),
    codecs: { ...platform.codecs, ...codecs },
    utf8: platform.utf8 ?? portableUtf8,
    ...(platform.callContext === undefined ? {} : { callContext: platform.callContext }),
    ...(platform.captureContext === undefined ? {} : { captureContext: platform.captureContext.bind(platform) }),
    ...(platform.crypto === undefined ? {} : { crypto: platform.crypto }),
    ...(crc32c === undefined ? {} : { crc32c }),
    ...(platform.allocate === undefined ? {} : { allocate: platform.allocate.bind(platform) }),
    ...(platform.bytesView === undefined ? {} : { bytesView: platform.bytesView.bind(platform) }),
    ...(platform.onExit === undefined ? {} : { onExit: platform.onExit.bind(platform) }),
    ...(tls === undefined ? {} : { tls: tls === true ? {} : tls }),
    ...login,
    warnings: [...warnings, ...login.warnings],
    log,
  });
  return made;
}

/** The addresses of the brokers or of the controllers. */
function addressesOf(what: string, options: KafkaBaseOptions): ClusterOptions["bootstrapServers"] {
  const { cluster, bootstrapServers, bootstrapControllers } = options;
  const given = bootstrapServers === undefined ? bootstrapControllers : bootstrapServers; // null is a wrong value
  const servers = given === undefined ? cluster?.bootstrapServers : given;
  if (cluster !== undefined && servers !== cluster.bootstrapServers)
    throw new KafkaError("config", `${what} takes bootstrapServers or cluster, not both`);
  if (bootstrapServers !== undefined && bootstrapControllers !== undefined)
    throw new KafkaError("config", `${what} takes bootstrapServers or bootstrapControllers, not both`);
  if (servers === undefined)
    throw new KafkaError(
      "config",
      `${what} needs bootstrapServers, for example "localhost:9092", or an embedded cluster as \`cluster\``,
    );
  return servers;
}

/** The part of a client that closes it. */
interface Closable {
  readonly isClosed: boolean;
  close(options?: KafkaCloseOptions): Promise<void>;
}

function fastCrc32c({ webAssembly }: Platform<AsyncRuntime>): Crc32c | undefined {
  return webAssembly === undefined ? undefined : vectorCrc32c(webAssembly);
}

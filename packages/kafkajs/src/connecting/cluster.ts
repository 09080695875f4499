import type { AnyKafka, HookListeners } from "odradek";
import type { KafkaJSError } from "../errors/kafkajs-error.ts";
import { noteTimedOut } from "../errors/timed-out-request.ts";
import { toKafkaJsError } from "../errors/to-kafkajs-error.ts";
import type { Host } from "../host.ts";
import type { Logger } from "../logging/logger.ts";
import { retry, type RetryEnd, type Try } from "../retry/retry.ts";
import { retrySettings } from "../retry/retry-options.ts";
import type { SaslConfig } from "../sasl/sasl-config.ts";
import { brokerAddresses } from "./broker-addresses.ts";
import { ClusterMetadata } from "./cluster-metadata.ts";
import type { CommittedOffsets } from "./committed-offsets.ts";
import type { KafkaConfig } from "./kafka-config.ts";
import type { PartitionMetadata } from "./partition-metadata.ts";
import { type ClientSettings, odradekOptions } from "./odradek-options.ts";

/** The arguments of {@link Cluster}. */
export interface ClusterParts {
  readonly host: Host;
  readonly config: KafkaConfig;
  readonly settings: ClientSettings;
  readonly logger: Logger;
  /** The table that all clients of a `Kafka` share. */
  readonly offsets: CommittedOffsets;
}

/**
 * The cluster, as one client of kafkajs has it: an Odradek `Kafka` of its own between `connect` and `disconnect`.
 * Tracing agents and assigners read it too: `brokerPool`, `refreshMetadataIfNecessary`, `findTopicPartitionMetadata`.
 */
export class Cluster {
  readonly host: Host;
  readonly config: KafkaConfig;
  readonly settings: ClientSettings;
  readonly rootLogger: Logger;
  readonly logger: Logger;
  /** The offsets that clients of this `Kafka` have committed in transactions. */
  readonly offsets: CommittedOffsets;
  /** The cluster's id and the versions of its APIs, for tracing agents. */
  readonly brokerPool: ClusterMetadata;
  readonly #poolLogger: Logger;
  readonly #observers = new Set<Observer>();
  #opening: Promise<AnyKafka> | undefined;
  #kafka: AnyKafka | undefined;
  #end: RetryEnd = {};

  constructor({ host, config, settings, logger, offsets }: ClusterParts) {
    this.host = host;
    this.config = config;
    this.settings = settings;
    this.rootLogger = logger;
    this.logger = logger.namespace("Cluster");
    this.#poolLogger = logger.namespace("BrokerPool");
    this.offsets = offsets;
    this.brokerPool = new ClusterMetadata(host, settings.metadataMaxAge);
    this.observe({ requestFailed: noteTimedOut });
  }

  /** Whether {@link connect} has ended well, and {@link disconnect} was not called since. */
  isConnected(): boolean {
    return this.#kafka !== undefined;
  }

  /** The `Kafka`, while connected. */
  get kafka(): AnyKafka | undefined {
    return this.#kafka;
  }

  /**
   * Makes the `Kafka` and asks a broker whether it answers, with the retries of `new Kafka`. Several callers share one
   * attempt. Rejects with kafkajs's errors.
   */
  connect(): Promise<AnyKafka> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  /**
   * Closes the `Kafka` and all its clients: consumers leave their groups, producers send the records that they hold. An
   * attempt of `connect` ends.
   */
  async disconnect(): Promise<void> {
    this.#end.ended = true;
    this.#end.pause?.end();
    const kafka = await this.#opening?.catch(() => undefined);
    this.#opening = undefined;
    this.#kafka = undefined;
    for (const observer of this.#observers) observer.end();
    this.brokerPool.forget();
    await kafka?.close();
  }

  /**
   * Calls `listeners` for the hooks of the `Kafka`, and of each that a later `connect` makes. Returns a function that
   * ends it.
   */
  observe(listeners: HookListeners): () => void {
    const observer = new Observer(this.host, listeners);
    this.#observers.add(observer);
    if (this.#kafka !== undefined) observer.begin(this.#kafka);
    return () => {
      this.#observers.delete(observer);
      observer.end();
    };
  }

  /** Reads the metadata of the topics that are in use again, if it is older than `metadataMaxAge`. */
  async refreshMetadataIfNecessary(): Promise<void> {
    await this.brokerPool.refreshIfOld(await this.connect());
  }

  /** Reads the metadata of the topics that are in use again. */
  async refreshMetadata(): Promise<void> {
    await this.brokerPool.refresh(await this.connect());
  }

  /** Adds topics to those in use, and reads their metadata. An unknown topic is not created. */
  async addMultipleTargetTopics(topics: readonly string[]): Promise<void> {
    this.brokerPool.add(topics);
    await this.brokerPool.refresh(await this.connect());
  }

  /** The partitions of a topic as they were last read; `[]` for a topic that is not known. */
  findTopicPartitionMetadata(topic: string): PartitionMetadata[] {
    return this.brokerPool.partitionsOf(topic);
  }

  async #open(): Promise<AnyKafka> {
    const end: RetryEnd = {};
    this.#end = end;
    // Before the tries: an error of the option `brokers` is thrown at once, and as it is.
    let addresses = await brokerAddresses(this.config.brokers);
    const settings = retrySettings(this.config.retry);
    const kafka = await retry(
      this.host,
      settings,
      async ({ retryCount, retryTime, bail }: Try) => {
        try {
          if (retryCount > 0) addresses = await brokerAddresses(this.config.brokers);
          return await this.#attempt(addresses);
        } catch (error) {
          const { name, message, retriable } = error as KafkaJSError;
          const what = name === "KafkaJSConnectionError" ? `${SEED_FAILED}: ${message}` : message;
          this.#poolLogger.error(what, { retryCount, retryTime });
          if (retriable) throw error;
          return bail(error);
        }
      },
      end,
    );
    this.#kafka = kafka;
    return kafka;
  }

  #make(addresses: readonly string[]): AnyKafka {
    try {
      return this.host.kafka(odradekOptions(addresses, this.config, this.settings, this.host, this.rootLogger));
    } catch (error) {
      throw toKafkaJsError(error);
    }
  }

  /** One attempt: any of the brokers answers, or all that were asked have refused. */
  async #attempt(addresses: readonly string[]): Promise<AnyKafka> {
    const kafka = this.#make(addresses);
    for (const observer of this.#observers) observer.begin(kafka);
    const refused = new Refusals(this.host, kafka, addresses.length);
    try {
      const { clusterId } = await Promise.race([kafka.ping({ timeoutMs: PING_MS }), refused.all]);
      this.brokerPool.opened(clusterId);
      return kafka;
    } catch (error) {
      const last = refused.last ?? error;
      // A provider of the user hears of a refusal, and throws its own error for it, in the turns that this takes.
      await kafka.close({ timeoutMs: 0 });
      throw toKafkaJsError(last, { mechanism: (this.config.sasl as SaslConfig | undefined)?.mechanism });
    } finally {
      refused.end();
    }
  }
}

const SEED_FAILED = "Failed to connect to seed broker, trying another broker from the list";

/** How long an attempt may take in which some broker neither answers nor refuses, in ms. */
const PING_MS = 60_000;

/** The hooks of one observer, at the `Kafka` of the moment. */
class Observer {
  readonly #host: Host;
  readonly #listeners: HookListeners;
  #end: (() => void) | undefined;

  constructor(host: Host, listeners: HookListeners) {
    this.#host = host;
    this.#listeners = listeners;
  }

  begin(kafka: AnyKafka): void {
    this.#end?.();
    this.#end = this.#host.observe(kafka, this.#listeners);
  }

  end(): void {
    this.#end?.();
    this.#end = undefined;
  }
}

/** Notices when every broker of an attempt has refused a connection, which Odradek itself would go on trying. */
class Refusals {
  /** Rejects when all have refused. */
  readonly all: Promise<never>;
  /** The error of the last refusal. */
  last: unknown;
  readonly end: () => void;

  constructor(host: Host, kafka: AnyKafka, brokers: number) {
    let reject: (error: unknown) => void = () => undefined;
    this.all = new Promise<never>((_, refuse) => (reject = refuse));
    this.all.catch(() => undefined);
    const refused = new Set<string>();
    this.end = host.observe(kafka, {
      connectionRefused: ({ broker, error }) => {
        this.last = error;
        refused.add(broker);
        if (refused.size >= brokers) reject(error);
      },
    });
  }
}

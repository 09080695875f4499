import type { AnyKafka } from "odradek";
import type { Cluster } from "../connecting/cluster.ts";
import { type PartitionMetadata, partitionMetadata } from "../connecting/partition-metadata.ts";
import { KafkaJSError } from "../errors/kafkajs-error.ts";
import { KafkaJSMetadataNotLoaded } from "../errors/metadata-errors.ts";
import { KafkaJSProtocolError } from "../errors/protocol-error.ts";
import { protocolFault } from "../errors/protocol-faults.ts";
import { toKafkaJsError } from "../errors/to-kafkajs-error.ts";
import { retry } from "../retry/retry.ts";
import type { RetrySettings } from "../retry/retry-options.ts";

const INVALID_TOPIC_EXCEPTION = 17;

/** How topics are read. */
export interface TopicPartitionsOptions {
  readonly cluster: Cluster;
  readonly retry: RetrySettings;
  readonly allowAutoTopicCreation: boolean;
  readonly maxAgeMs: number;
}

interface Known {
  readonly partitions: PartitionMetadata[];
  readonly readAtMs: number;
}

/** The partitions of the topics of a producer, as partitioners see them. */
export class TopicPartitions {
  readonly #options: TopicPartitionsOptions;
  readonly #known = new Map<string, Known>();
  readonly #loading = new Map<string, Promise<void>>();

  constructor(options: TopicPartitionsOptions) {
    this.#options = options;
  }

  /** The partitions of a topic; undefined if they are not known, or were read longer ago than `maxAgeMs`. */
  fresh(topic: string): PartitionMetadata[] | undefined {
    const known = this.#known.get(topic);
    const { cluster, maxAgeMs } = this.#options;
    if (known === undefined || cluster.host.clock.monotonic() - known.readAtMs > maxAgeMs) return undefined;
    return known.partitions;
  }

  /** The partitions of a topic, however old. */
  known(topic: string): PartitionMetadata[] {
    return this.#known.get(topic)?.partitions ?? [];
  }

  /** A leader has moved, or the cluster has changed: they are read again before they are used. */
  changed(topics: Iterable<string>): void {
    for (const topic of topics) {
      const known = this.#known.get(topic);
      if (known !== undefined) this.#known.set(topic, { ...known, readAtMs: Number.NEGATIVE_INFINITY });
    }
  }

  /**
   * Reads topics, with kafkajs's retries and errors. Calls that want the same topic share the work. A topic that is
   * known, and cannot be read again, stays as it was.
   */
  async load(kafka: AnyKafka, topics: Iterable<string>): Promise<void> {
    const wanted = new Set(topics);
    const missing = [...wanted].filter((topic) => !this.#loading.has(topic));
    if (missing.length > 0) {
      const work = this.#readNow(kafka, missing);
      for (const topic of missing) this.#loading.set(topic, work);
    }
    await Promise.all([...wanted].map(async (topic) => await this.#loading.get(topic)));
  }

  async #readNow(kafka: AnyKafka, topics: readonly string[]): Promise<void> {
    try {
      await this.#read(kafka, topics);
    } finally {
      for (const topic of topics) this.#loading.delete(topic);
    }
  }

  async #read(kafka: AnyKafka, topics: readonly string[]): Promise<void> {
    const { cluster, retry: settings } = this.#options;
    try {
      await retry(cluster.host, settings, () => this.#attempt(kafka, topics));
    } catch (error) {
      if (topics.some((topic) => !this.#known.has(topic))) throw error;
    }
  }

  async #attempt(kafka: AnyKafka, topics: readonly string[]): Promise<void> {
    const { allowAutoTopicCreation, cluster } = this.#options;
    if (topics.some((name: unknown) => typeof name !== "string"))
      throw new KafkaJSProtocolError(protocolFault(INVALID_TOPIC_EXCEPTION));
    const readAtMs = cluster.host.clock.monotonic();
    const answer = await kafka
      .request("Metadata", { topics: topics.map((name) => ({ name })), allowAutoTopicCreation })
      .catch((error: unknown) => {
        throw cluster.isConnected() ? toKafkaJsError(error) : disconnected();
      });
    for (const { errorCode, name, partitions } of answer.topics) {
      if (name === null) continue;
      if (errorCode !== 0) throw new KafkaJSProtocolError(protocolFault(errorCode));
      if (partitions.length === 0) throw new KafkaJSMetadataNotLoaded("Producing to topic without metadata");
      this.#known.set(name, { partitions: partitions.map(partitionMetadata), readAtMs });
    }
  }
}

/** The producer was disconnected while a topic was read: it is not tried again. */
function disconnected(): KafkaJSError {
  return new KafkaJSError("The producer is disconnected", { retriable: false });
}

import type { Cluster } from "../cluster/cluster.ts";
import { ClusterClient } from "../cluster/cluster-client.ts";
import { AdminBase } from "./admin-base.ts";
import type { CallOptions } from "./call-options.ts";
import {
  type CreatedTopics,
  type NewTopic,
  type TopicDescription,
  createTopics,
  deleteTopics,
  describeTopics,
  listTopics,
} from "./topics.ts";

/**
 * Administers a cluster. Java: `org.apache.kafka.clients.admin.Admin`. Every call ends within `timeoutMs` (default
 * 60000, Java's `default.api.timeout.ms`).
 */
export class Admin extends AdminBase {
  readonly #client: ClusterClient;
  readonly #created: CreatedTopics = new Map<string, number>();

  /** @internal */
  constructor(cluster: Cluster) {
    super();
    this.#client = new ClusterClient(cluster, "admin");
  }

  /**
   * Creates topics, and returns when each is there to be used. A topic that exists already is an error of kind `broker`
   * with `codeName` TOPIC_ALREADY_EXISTS; the others of the call are created all the same.
   */
  createTopics(topics: readonly NewTopic[], options: CallOptions = {}): Promise<void> {
    return createTopics(this.#client, topics, options, this.#created);
  }

  /** Deletes topics with all their records. */
  deleteTopics(topics: readonly string[], options: CallOptions = {}): Promise<void> {
    return deleteTopics(this.#client, topics, options, this.#created);
  }

  /** The names of all topics that this client may see, sorted. */
  listTopics(options: CallOptions = {}): Promise<readonly string[]> {
    return listTopics(this.#client, options);
  }

  /**
   * Partitions, leaders and replicas of topics. An unknown topic is an error of kind `broker` that names it, with
   * `codeName` UNKNOWN_TOPIC_OR_PARTITION, at the first answer.
   */
  describeTopics(topics: readonly string[], options: CallOptions = {}): Promise<readonly TopicDescription[]> {
    return describeTopics(this.#client, topics, options, this.#created);
  }

  /** Whether {@link close} was called. */
  get isClosed(): boolean {
    return this.#client.tasks.isClosed;
  }

  /** Ends the admin's connections. Harmless when repeated. */
  close(): Promise<void> {
    return this.#client.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

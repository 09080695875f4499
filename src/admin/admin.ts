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
 * Administers a cluster. Each call retries until `timeoutMs` (default 60000, Java's `default.api.timeout.ms`) and then
 * rejects with kind `timeout`. A `signal` that fires ends the wait with kind `cancelled`, `close()` with kind `closed`;
 * a request that was sent may still be carried out. Java: `org.apache.kafka.clients.admin.Admin`.
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
   * Creates topics; resolves when the controller has created them and all their partitions have leaders. If a topic
   * exists already, rejects with kind `broker` and `codeName` TOPIC_ALREADY_EXISTS; the other topics of the call are
   * created nevertheless. Accepted when it returns. Deadline, `signal` and `close()`: see {@link Admin}. Java:
   * `createTopics`.
   */
  createTopics(topics: readonly NewTopic[], options: CallOptions = {}): Promise<void> {
    return createTopics(this.#client, topics, options, this.#created);
  }

  /**
   * Deletes topics with all their records; resolves when the controller has deleted them. If a topic is unknown,
   * rejects with kind `broker`; the other topics are deleted nevertheless. Accepted when it returns. Deadline, `signal`
   * and `close()`: see {@link Admin}. Java: `deleteTopics`.
   */
  deleteTopics(topics: readonly string[], options: CallOptions = {}): Promise<void> {
    return deleteTopics(this.#client, topics, options, this.#created);
  }

  /**
   * Returns the names of all topics that this client may see, sorted. Deadline, `signal` and `close()`: see
   * {@link Admin}. Java: `listTopics`.
   */
  listTopics(options: CallOptions = {}): Promise<readonly string[]> {
    return listTopics(this.#client, options);
  }

  /**
   * Returns partitions, leaders and replicas of topics. If a topic is unknown, rejects at once with kind `broker`, its
   * name and `codeName` UNKNOWN_TOPIC_OR_PARTITION. Deadline, `signal` and `close()`: see {@link Admin}. Java:
   * `describeTopics`.
   */
  describeTopics(topics: readonly string[], options: CallOptions = {}): Promise<readonly TopicDescription[]> {
    return describeTopics(this.#client, topics, options, this.#created);
  }

  /** Whether {@link close} was called. */
  get isClosed(): boolean {
    return this.#client.tasks.isClosed;
  }

  /**
   * Closes the admin's connections; running calls reject with kind `closed`. Accepted when it returns. Has no deadline,
   * because it waits for no broker. A second call returns when the first has ended. Java: `close`.
   */
  close(): Promise<void> {
    return this.#client.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

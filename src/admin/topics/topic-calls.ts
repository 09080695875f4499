import type { ListTopicsOptions } from "./list-topics.ts";
import type { Listing } from "../listing.ts";
import type { Results } from "../results.ts";
import type { CreatePartitionsOptions, NewPartitions } from "./create-partitions.ts";
import type { CreatedTopic, CreateTopicsOptions, NewTopic } from "./create-topics.ts";
import type { DeleteTopicsOptions } from "./delete-topics.ts";
import type { DescribeTopicsOptions, TopicDescription } from "./describe-topics.ts";
import type { TopicRef } from "./topic-ref.ts";
import type { WaitForTopicsOptions } from "./wait-for-topics.ts";

/** The calls of an admin about topics. */
export interface TopicCalls {
  /**
   * Creates topics. Each item is a topic, with its id, partitions and configs as value; it is there when the controller
   * has created it and all its partitions have leaders. A topic that exists already fails with `codeName`
   * TOPIC_ALREADY_EXISTS. After a lost connection the request is sent again, and then fails with it too if the first
   * request created the topic. A topic that a quota of the broker refused is sent again when the broker allows it.
   * Accepted when it returns. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka 0.10.1 on. Java:
   * `createTopics`.
   */
  createTopics(topics: readonly NewTopic[], options?: CreateTopicsOptions): Promise<Results<string, CreatedTopic>>;

  /**
   * Deletes topics with all their records. Each item is a topic, by its name, or by its id from Kafka 2.8 on; it is
   * there when the controller has deleted the topic. Accepted when it returns. Deadline, `signal` and `close()`: see
   * {@link Admin}. Brokers from Kafka 0.10.1 on. Java: `deleteTopics`.
   */
  deleteTopics(topics: readonly TopicRef[], options?: DeleteTopicsOptions): Promise<Results<TopicRef, undefined>>;

  /**
   * Returns the names of all topics that this client may see, sorted. Deadline, `signal` and `close()`: see
   * {@link Admin}. Any broker. Java: `listTopics`.
   */
  listTopics(options?: ListTopicsOptions): Listing<string>;

  /**
   * Returns partitions, leaders and replicas of topics. Each item is a topic, by its name, or by its id from Kafka 3.1
   * on. A topic that does not exist fails at once with `codeName` UNKNOWN_TOPIC_OR_PARTITION, unless this admin created
   * it in the last 5 s. Deadline, `signal` and `close()`: see {@link Admin}. Any broker. Java: `describeTopics`.
   */
  describeTopics(
    topics: readonly TopicRef[],
    options?: DescribeTopicsOptions,
  ): Promise<Results<TopicRef, TopicDescription>>;

  /**
   * Adds partitions to topics. Each item is a topic. Records of a key may then go to another partition than before.
   * Accepted when it returns. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka 1.0 on. Java:
   * `createPartitions`.
   */
  createPartitions(
    topics: readonly NewPartitions[],
    options?: CreatePartitionsOptions,
  ): Promise<Results<string, undefined>>;

  /**
   * Waits until every broker of the cluster knows these topics, with a leader for each of their partitions. Use it for
   * topics that another program creates. Brokers that leave the cluster meanwhile do not count; one that metadata still
   * names and that does not answer does. At the deadline it rejects with kind `timeout`, and the message names the
   * brokers and what they lack. Topics are never created by it. Deadline, `signal` and `close()`: see {@link Admin}.
   * Java: none.
   */
  waitForTopics(topics: readonly string[], options?: WaitForTopicsOptions): Promise<void>;
}

import type { GroupOffset } from "../../cluster/group-offsets.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";
import type { CallOptions } from "../call-options.ts";
import type { Results } from "../results.ts";
import type {
  GroupOffsetsToList,
  ListConsumerGroupOffsetsOptions,
  ListedGroupOffsets,
} from "./list-consumer-group-offsets.ts";

/** The calls of an admin about the committed offsets of groups. */
export interface GroupOffsetCalls {
  /**
   * Returns the committed offsets of groups. Each item is a group; its value has a result for each partition,
   * undefined where the group has no offset. A group that does not exist has none: brokers do not say so. Deadline,
   * `signal` and `close()`: see {@link Admin}. Brokers from Kafka 0.9 on. Java: `listConsumerGroupOffsets`.
   */
  listConsumerGroupOffsets(
    groups: readonly (string | GroupOffsetsToList)[],
    options?: ListConsumerGroupOffsetsOptions,
  ): Promise<Results<string, ListedGroupOffsets>>;

  /**
   * Sets the committed offsets of a group without members; makes the group if there is none. Each item is a
   * partition. Brokers do not check the offset: one that a partition does not have leads to the consumer's
   * `autoOffsetReset`. Accepted when it returns. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from
   * Kafka 0.9 on. Java: `alterConsumerGroupOffsets`.
   */
  alterConsumerGroupOffsets(
    groupId: string,
    offsets: readonly GroupOffset[],
    options?: CallOptions,
  ): Promise<Results<TopicPartition, undefined>>;

  /**
   * Deletes committed offsets of a group. Each item is a partition; one of a topic that a member has subscribed to
   * fails with `codeName` GROUP_SUBSCRIBED_TO_TOPIC. Accepted when it returns. Deadline, `signal` and `close()`: see
   * {@link Admin}. Brokers from Kafka 2.4 on. Java: `deleteConsumerGroupOffsets`.
   */
  deleteConsumerGroupOffsets(
    groupId: string,
    partitions: readonly TopicPartition[],
    options?: CallOptions,
  ): Promise<Results<TopicPartition, undefined>>;
}

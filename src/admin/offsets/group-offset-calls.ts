import type { GroupOffset } from "../../cluster/group-offsets.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";
import type { CallOptions } from "../call-options.ts";
import type { Results } from "../results.ts";
import type { GroupLag, GroupLagOptions } from "./group-lag.ts";
import type {
  GroupOffsetsToList,
  ListConsumerGroupOffsetsOptions,
  ListedGroupOffsets,
} from "./list-consumer-group-offsets.ts";
import type { ResetOffsetsOptions } from "./reset-offsets.ts";
import type { OffsetReset } from "./reset-plan.ts";

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

  /**
   * Moves the committed offsets of a group: to the beginning or the end of its partitions, to a time, to an offset, or
   * by a number of offsets. `{ dryRun: true }` only shows what the call would do. Each item is a partition, with the
   * offset before and after as value; an offset that the partition does not have becomes the nearest one, and
   * `clampedFrom` tells it. A transaction that is open meanwhile may replace the new offsets when it ends.
   *
   * Rejects with `codeName` NON_EMPTY_GROUP while the group has members, with its state and how many they are, and with
   * GROUP_ID_NOT_FOUND for a group that does not exist, unless `topics` are named: then it is made. Rejects too if one
   * of these topics does not exist. Accepted when it returns. Deadline, `signal` and `close()`: see {@link Admin}.
   * Brokers from Kafka 0.10.1 on. Java: `kafka-consumer-groups.sh --reset-offsets`.
   */
  resetOffsets(groupId: string, options: ResetOffsetsOptions): Promise<Results<TopicPartition, OffsetReset>>;

  /**
   * Returns how far a group of either protocol is behind: for each partition that it has committed or is assigned, the
   * committed offset, the end, and the difference; with `inTime` also the age of the next record. Rejects with
   * `codeName` GROUP_ID_NOT_FOUND for a group that does not exist. Deadline, `signal` and `close()`: see {@link Admin}.
   * Brokers from Kafka 0.10.1 on. Java: `kafka-consumer-groups.sh --describe`.
   */
  groupLag(groupId: string, options?: GroupLagOptions): Promise<GroupLag>;
}

import type { GroupOffset } from "../../cluster/group-offsets.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";
import type { CallOptions } from "../call-options.ts";
import type { DescribeGroupsOptions } from "../groups/describe-classic-groups.ts";
import type {
  GroupOffsetsToList,
  ListConsumerGroupOffsetsOptions,
  ListedGroupOffsets,
} from "../offsets/list-consumer-group-offsets.ts";
import type { Results } from "../results.ts";
import type { StreamsGroupDescription } from "./describe-streams-groups.ts";

/** The calls of an admin about streams groups. */
export interface StreamsGroupCalls {
  /**
   * Returns state, members and topology of streams groups (KIP-1071). Each item is a group; one that does not exist
   * fails with `codeName` GROUP_ID_NOT_FOUND. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka
   * 4.1 on. Java: `describeStreamsGroups`.
   */
  describeStreamsGroups(
    groups: readonly string[],
    options?: DescribeGroupsOptions,
  ): Promise<Results<string, StreamsGroupDescription>>;

  /**
   * Deletes streams groups with their committed offsets. Each item is a group; one with members fails with `codeName`
   * NON_EMPTY_GROUP. Accepted when it returns. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from
   * Kafka 4.1 on. Java: `deleteStreamsGroups`.
   */
  deleteStreamsGroups(groups: readonly string[], options?: CallOptions): Promise<Results<string, undefined>>;

  /**
   * Returns the committed offsets of streams groups, as `listConsumerGroupOffsets`. Deadline, `signal` and `close()`:
   * see {@link Admin}. Brokers from Kafka 4.1 on. Java: `listStreamsGroupOffsets`.
   */
  listStreamsGroupOffsets(
    groups: readonly (string | GroupOffsetsToList)[],
    options?: ListConsumerGroupOffsetsOptions,
  ): Promise<Results<string, ListedGroupOffsets>>;

  /**
   * Sets the committed offsets of a streams group without members, as `alterConsumerGroupOffsets`. Each item is a
   * partition. Accepted when it returns. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka 4.1
   * on. Java: `alterStreamsGroupOffsets`.
   */
  alterStreamsGroupOffsets(
    groupId: string,
    offsets: readonly GroupOffset[],
    options?: CallOptions,
  ): Promise<Results<TopicPartition, undefined>>;

  /**
   * Deletes committed offsets of a streams group, as `deleteConsumerGroupOffsets`. Each item is a partition. Accepted
   * when it returns. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka 4.1 on. Java:
   * `deleteStreamsGroupOffsets`.
   */
  deleteStreamsGroupOffsets(
    groupId: string,
    partitions: readonly TopicPartition[],
    options?: CallOptions,
  ): Promise<Results<TopicPartition, undefined>>;
}

import type { TopicPartition } from "../../cluster/topic-partition.ts";
import type { CallOptions } from "../call-options.ts";
import type { DescribeGroupsOptions } from "../groups/describe-classic-groups.ts";
import type { GroupOffsetsToList } from "../offsets/list-consumer-group-offsets.ts";
import type { Results } from "../results.ts";
import type { ShareGroupStart } from "./alter-share-group-offsets.ts";
import type { ShareGroupDescription } from "./describe-share-groups.ts";
import type { ListedShareGroupOffsets } from "./list-share-group-offsets.ts";

/** The calls of an admin about share groups. */
export interface ShareGroupCalls {
  /**
   * Returns state, members and assignments of share groups (KIP-932). Each item is a group; one that does not exist
   * fails with `codeName` GROUP_ID_NOT_FOUND. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka
   * 4.2 on. Java: `describeShareGroups`.
   */
  describeShareGroups(
    groups: readonly string[],
    options?: DescribeGroupsOptions,
  ): Promise<Results<string, ShareGroupDescription>>;

  /**
   * Deletes share groups; a broker of Kafka 4.4 deletes a group of another type too. Each item is a group; one with
   * members fails with `codeName` NON_EMPTY_GROUP. Accepted when it returns. Deadline, `signal` and `close()`: see
   * {@link Admin}. Brokers from Kafka 4.1 on. Java: `deleteShareGroups`.
   */
  deleteShareGroups(groups: readonly string[], options?: CallOptions): Promise<Results<string, undefined>>;

  /**
   * Returns where share groups stand. Each item is a group; its value has a result for each partition, undefined
   * where the group has not begun to read. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka
   * 4.1 on. Java: `listShareGroupOffsets`.
   */
  listShareGroupOffsets(
    groups: readonly (string | GroupOffsetsToList)[],
    options?: CallOptions,
  ): Promise<Results<string, ListedShareGroupOffsets>>;

  /**
   * Sets where a share group without members goes on; makes the group if there is none. Each item is a partition.
   * Accepted when it returns. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka 4.1 on. Java:
   * `alterShareGroupOffsets`.
   */
  alterShareGroupOffsets(
    groupId: string,
    offsets: readonly ShareGroupStart[],
    options?: CallOptions,
  ): Promise<Results<TopicPartition, undefined>>;

  /**
   * Deletes the offsets of a share group without members, so that it begins to read again. Each item is a topic.
   * Accepted when it returns. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka 4.1 on. Java:
   * `deleteShareGroupOffsets`.
   */
  deleteShareGroupOffsets(
    groupId: string,
    topics: readonly string[],
    options?: CallOptions,
  ): Promise<Results<string, undefined>>;
}

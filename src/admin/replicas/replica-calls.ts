import type { TopicPartition } from "../../cluster/topic-partition.ts";
import type { CallOptions } from "../call-options.ts";
import type { Listing } from "../listing.ts";
import type { Results } from "../results.ts";
import type { AlterPartitionReassignmentsOptions, NewPartitionReassignment } from "./alter-partition-reassignments.ts";
import type { ElectionOutcome, ElectionType } from "./elect-leaders.ts";
import type { ListPartitionReassignmentsOptions, PartitionReassignment } from "./list-partition-reassignments.ts";

/** The calls of an admin about the replicas of partitions. */
export interface ReplicaCalls {
  /**
   * Elects leaders of partitions: the preferred replica, or with `UNCLEAN` any that is alive, which loses records.
   * Without partitions, of all; the results then name those that have another leader. Each item is a partition.
   * Accepted when it returns. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka 2.2 on. Java:
   * `electLeaders`.
   */
  electLeaders(
    electionType: ElectionType,
    partitions?: readonly TopicPartition[],
    options?: CallOptions,
  ): Promise<Results<TopicPartition, ElectionOutcome>>;

  /**
   * Moves partitions to other brokers, or cancels that. Each item is a partition; it is there when the move has
   * begun, and {@link listPartitionReassignments} shows which are in progress. Accepted when it returns. Deadline,
   * `signal` and `close()`: see {@link Admin}. Brokers from Kafka 2.4 on. Java: `alterPartitionReassignments`.
   */
  alterPartitionReassignments(
    reassignments: readonly NewPartitionReassignment[],
    options?: AlterPartitionReassignmentsOptions,
  ): Promise<Results<TopicPartition, undefined>>;

  /**
   * Returns the partitions that are being moved to other brokers. Deadline, `signal` and `close()`: see {@link
   * Admin}. Brokers from Kafka 2.4 on. Java: `listPartitionReassignments`.
   */
  listPartitionReassignments(options?: ListPartitionReassignmentsOptions): Listing<PartitionReassignment>;
}

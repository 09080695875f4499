import type { CallOptions } from "../call-options.ts";
import type { Listed } from "../listed.ts";
import type { Listing } from "../listing.ts";
import type { Results } from "../results.ts";
import type { ClassicGroupDescription, DescribeGroupsOptions } from "./describe-classic-groups.ts";
import type { ConsumerGroupDescription } from "./describe-consumer-groups.ts";
import type { GroupListing, ListConsumerGroupsOptions, ListGroupsOptions } from "./list-groups.ts";
import type { MemberToRemove, RemoveMembersOptions } from "./remove-members.ts";

/** The calls of an admin about groups. */
export interface GroupCalls {
  /**
   * Returns the groups of all types. Each broker is asked for those that it coordinates; one that fails is in
   * `errors`, and its groups are missing. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka 0.9
   * on. Java: `listGroups`.
   */
  listGroups(options?: ListGroupsOptions): Listing<GroupListing, Listed<GroupListing>>;

  /**
   * Returns the groups of consumers, as {@link listGroups}, which Java has deprecated it for. Deadline, `signal` and
   * `close()`: see {@link Admin}. Brokers from Kafka 0.9 on. Java: `listConsumerGroups`.
   */
  listConsumerGroups(options?: ListConsumerGroupsOptions): Listing<GroupListing, Listed<GroupListing>>;

  /**
   * Returns state, members and assignments of consumer groups of both protocols. Each item is a group; one that does
   * not exist fails with `codeName` GROUP_ID_NOT_FOUND. Deadline, `signal` and `close()`: see {@link Admin}. Brokers
   * from Kafka 0.9 on. Java: `describeConsumerGroups`.
   */
  describeConsumerGroups(
    groups: readonly string[],
    options?: DescribeGroupsOptions,
  ): Promise<Results<string, ConsumerGroupDescription>>;

  /**
   * Returns state and members of classic groups, whose members need be no consumers: those of Kafka Connect, for
   * example. Each item is a group. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka 0.9 on.
   * Java: `describeClassicGroups`.
   */
  describeClassicGroups(
    groups: readonly string[],
    options?: DescribeGroupsOptions,
  ): Promise<Results<string, ClassicGroupDescription>>;

  /**
   * Deletes groups with their committed offsets. Each item is a group; one with members fails with `codeName`
   * NON_EMPTY_GROUP. Accepted when it returns. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from
   * Kafka 1.1 on. Java: `deleteConsumerGroups`.
   */
  deleteConsumerGroups(groups: readonly string[], options?: CallOptions): Promise<Results<string, undefined>>;

  /**
   * Removes members from a consumer group, by default all. Each item is a member. A member that still runs joins
   * again. Accepted when it returns. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka 0.9 on.
   * Java: `removeMembersFromConsumerGroup`.
   */
  removeMembersFromConsumerGroup(
    groupId: string,
    options?: RemoveMembersOptions,
  ): Promise<Results<MemberToRemove, undefined>>;
}

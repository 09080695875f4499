import type { AbortSignalLike } from "../../../runtime/cancellation.ts";
import type { PartitionInfo } from "../../../cluster/partition-info.ts";
import type { TopicPartition } from "../../../cluster/topic-partition.ts";

/** A member of a group, as the leader knows it from its subscription. */
export interface AssignorMember {
  /** The id that the coordinator gave this member. */
  readonly memberId: string;
  /** The `group.instance.id` of a static member (KIP-345); null for a dynamic one. */
  readonly instanceId: string | null;
  /** The topics that it subscribes to. */
  readonly topics: readonly string[];
  /** The partitions that it owns while it joins: cooperative members keep theirs. */
  readonly owned: readonly TopicPartition[];
  /** The generation in which the member got these partitions; −1 if it does not say. */
  readonly generation: number;
  /** The member's `clientRack`; null for none (KIP-881). */
  readonly rack: string | null;
  /** The user data that the member's assignor added to its subscription; null for none. */
  readonly userData: Uint8Array | null;
  /**
   * The subscription as the member sent it: bytes of Kafka's format, or of the assignor's own (`subscription`). If they
   * are not of Kafka's format, the other fields say that the member subscribes to nothing.
   */
  readonly metadata: Uint8Array;
}

/** The part of an assignor's input that the built-in assignors use. */
export interface AssignorBasis {
  /** All members of the group, also those that subscribe to nothing. */
  readonly members: readonly AssignorMember[];
  /** For each existing topic and each of its partitions, the racks of the replicas (empty if they are not known). */
  readonly partitions: ReadonlyMap<string, readonly (readonly string[])[]>;
}

/**
 * The input of an assignment. The partitions come from a broker for each assignment, after the last member has joined.
 * They are those of all topics that members subscribe to, also those that the leader does not subscribe to.
 */
export interface AssignorInput extends AssignorBasis {
  /** The id of the group. */
  readonly groupId: string;
  /** The generation that the members have joined. */
  readonly generation: number;
  /** The id of the member that assigns: the leader, which is this consumer. */
  readonly leaderId: string;
  /** The topics of `partitions`, with leader and replicas of each partition, in the order of their numbers. */
  readonly partitionInfo: ReadonlyMap<string, readonly PartitionInfo[]>;
}

/** The partitions of each member; every member has an entry. */
export type GroupAssignment = ReadonlyMap<string, readonly TopicPartition[]>;

/** The assignment of one member, with data for the assignor of that member. Java: `Assignment`. */
export interface MemberAssignment {
  /** The partitions that the member gets. */
  readonly partitions: readonly TopicPartition[];
  /** For `onAssignment` of the member's assignor. Default: none. */
  readonly userData?: Uint8Array | null;
}

/**
 * The result of an assignor: for each member its partitions, or its partitions with user data, or bytes that are sent
 * as they are. Such bytes must be an assignment in Kafka's format (`ConsumerProtocolAssignment`): every client reads
 * that. The leader does not check them, and they may give a partition to several members. A member without an entry
 * gets nothing.
 */
export type AssignorResult = ReadonlyMap<string, readonly TopicPartition[] | MemberAssignment | Uint8Array>;

/** A member that joins, as its own assignor sees it. */
export interface AssignorJoin {
  /** The topics that this member subscribes to now. */
  readonly topics: readonly string[];
  /** The partitions that it keeps while it joins: none unless the group rebalances cooperatively. */
  readonly owned: readonly TopicPartition[];
  /** The partitions of its last assignment, which it may have given back since. */
  readonly previous: readonly TopicPartition[];
  /** The generation of that assignment; −1 for none. */
  readonly generation: number;
}

/** The assignment that a member has got, as its own assignor sees it. */
export interface ReceivedAssignment {
  /** The partitions of this member. */
  readonly partitions: readonly TopicPartition[];
  /** The leader's user data; null for none. */
  readonly userData: Uint8Array | null;
  /** The assignment as the leader sent it. */
  readonly bytes: Uint8Array;
  /** The generation of the assignment. */
  readonly generation: number;
}

/** For a slow assignor: turns for the host, and the signal to stop. */
export interface AssignorContext {
  /**
   * Gives the host a turn if one is due (5 ms after the last); undefined otherwise. Call it about every millisecond of
   * work, and await the result. Heartbeats of this member are sent meanwhile. Its promise rejects when the result is no
   * longer needed.
   */
  giveTurn(): PromiseLike<void> | undefined;
  /**
   * Fires when the result is no longer needed: the group rebalances again, the time is over, or the consumer is being
   * closed.
   */
  readonly signal: AbortSignalLike;
}

/**
 * Divides partitions among the members of a classic group; the member that leads the group runs it. It must return the
 * same for the same input. Java: `ConsumerPartitionAssignor`. One of your own stands in `partitionAssignmentStrategy`,
 * at every member:
 *
 * ```ts
 * // The first member reads everything, the others stand by.
 * const standby: Assignor = {
 *   name: "standby",
 *   rebalanceProtocol: "eager",
 *   assign: ({ members, partitions }) => {
 *     const [first] = [...members].sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
 *     const all = [...partitions].flatMap(([topic, list]) => list.map((_, partition) => ({ topic, partition })));
 *     return new Map(members.map((member) => [member.memberId, member === first ? all : []]));
 *   },
 * };
 * kafka.consumer({ groupId: "g", topics: ["orders"], partitionAssignmentStrategy: [standby] });
 * ```
 *
 * A partition that it gives twice, or that does not exist, is an error of kind `config` at the leader. A cooperative
 * one must not give a partition that another member still holds (`owned`): it goes in the next round, once it was given
 * back.
 */
export interface Assignor {
  /** The assignor's name, for example `"range"`. The members of a group must have one name in common. */
  readonly name: string;
  /**
   * `"cooperative"`: members keep their partitions while they join (KIP-429). `"eager"`: members give all partitions
   * back before they join.
   */
  readonly rebalanceProtocol: "eager" | "cooperative";
  /**
   * The version of Kafka's formats in which subscriptions and assignments are written, 0 to 3. Default 3, the newest;
   * readers ignore what they do not know.
   */
  readonly version?: number;
  /**
   * The user data that a member adds to its subscription. Called for each join, also if the member joins again with the
   * same topics. Default: none. Java: `subscriptionUserData`.
   */
  userData?(previous: readonly TopicPartition[], generation: number, join: AssignorJoin): Uint8Array | null;
  /**
   * The whole subscription, in place of the one in Kafka's format; called for each join. For groups with members of
   * other clients that write bytes of their own. If the bytes are not in Kafka's format, `assign` gets them as
   * `metadata`, and only the leader's own topics are in `partitions`. Default: Kafka's format, with `userData`.
   */
  subscription?(join: AssignorJoin): Uint8Array;
  /**
   * Called with each assignment that this member gets, before `onAssigned`. It is synchronous. If it throws, the loop
   * ends with an error of kind `config`. Default: none. Java: `onAssignment`.
   */
  onAssignment?(assignment: ReceivedAssignment): void;
  /**
   * The assignment, or a promise of it. The built-in assignors return at once if they are called without a context.
   *
   * If it throws, if its promise rejects, or if that has not settled after `maxPollIntervalMs`, the leader's loop ends
   * with an error of kind `config`: the coordinator waits that long for the leader, and then removes it from the group.
   */
  assign(input: AssignorInput, context?: AssignorContext): AssignorResult | PromiseLike<AssignorResult>;
}

/** Text in the order of its UTF-16 units, as Java compares. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Static members first, by instance id: their place survives a restart; then the others by member id. */
export function compareMembers(a: AssignorMember, b: AssignorMember): number {
  if (a.instanceId !== null && b.instanceId !== null) return compareText(a.instanceId, b.instanceId);
  if (a.instanceId !== null) return -1;
  if (b.instanceId !== null) return 1;
  return compareText(a.memberId, b.memberId);
}

/** The existing topics that a member subscribes to, in order. */
export function* subscribedTopics({
  members,
  partitions,
}: AssignorBasis): Generator<undefined, readonly string[], undefined> {
  const wanted = new Set<string>();
  for (const member of members) {
    for (const topic of member.topics) wanted.add(topic);
    yield;
  }
  return [...wanted].filter((topic) => (partitions.get(topic)?.length ?? 0) > 0).sort(compareText);
}

export function comparePartitions(a: TopicPartition, b: TopicPartition): number {
  return compareText(a.topic, b.topic) || a.partition - b.partition;
}

/** An assignment in which no member has a partition yet. */
export function nothingAssigned(members: readonly AssignorMember[]): Map<string, TopicPartition[]> {
  return new Map(members.map((member) => [member.memberId, []]));
}

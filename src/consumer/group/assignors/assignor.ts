import type { TopicPartition } from "../../topic-partition.ts";

/** A member of a group, as its subscription tells the leader. */
export interface AssignorMember {
  readonly memberId: string;
  /** Set for static members (KIP-345). */
  readonly instanceId: string | null;
  readonly topics: readonly string[];
  /** What it holds while it joins: cooperative members keep their partitions. */
  readonly owned: readonly TopicPartition[];
  /** The generation in which it got them; −1 where it does not say. */
  readonly generation: number;
  readonly rack: string | null;
  readonly userData: Uint8Array | null;
}

/** Everything that an assignment is made from. */
export interface AssignorInput {
  readonly members: readonly AssignorMember[];
  /** For each topic that exists: for each partition the racks of its replicas (empty where they are not known). */
  readonly partitions: ReadonlyMap<string, readonly (readonly string[])[]>;
}

/** Which member gets which partitions: every member has an entry. */
export type GroupAssignment = ReadonlyMap<string, readonly TopicPartition[]>;

/**
 * Divides partitions among the members of a classic group; the member that leads the group runs it. Synchronous, and the same
 * for the same input. Java: `ConsumerPartitionAssignor`. One of your own stands in `partitionAssignmentStrategy`, at every member:
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
 * A partition that it gives twice, or that does not exist, is an error of kind `config` at the leader. A cooperative one must not give a
 * partition that another member still holds (`owned`): it goes in the next round, once it was given back.
 */
export interface Assignor {
  /** How the members of a group agree on it, for example `"range"`. All members must have one in common. */
  readonly name: string;
  /** Whether members keep their partitions while they join (KIP-429), or give all of them back before (`eager`). */
  readonly rebalanceProtocol: "eager" | "cooperative";
  /** What a member adds to its subscription. Default nothing. */
  userData?(previous: readonly TopicPartition[], generation: number): Uint8Array | null;
  assign(input: AssignorInput): GroupAssignment;
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

/** The topics that exist and that somebody subscribes to, in order. */
export function subscribedTopics({ members, partitions }: AssignorInput): readonly string[] {
  return [...new Set(members.flatMap((member) => member.topics))].filter((topic) => (partitions.get(topic)?.length ?? 0) > 0).sort(compareText);
}

export function comparePartitions(a: TopicPartition, b: TopicPartition): number {
  return compareText(a.topic, b.topic) || a.partition - b.partition;
}

/** An assignment in which nobody has anything yet. */
export function nothingAssigned(members: readonly AssignorMember[]): Map<string, TopicPartition[]> {
  return new Map(members.map((member) => [member.memberId, []]));
}

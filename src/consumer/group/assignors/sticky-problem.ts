import type { TopicPartition } from "../../../cluster/topic-partition.ts";
import { type AssignorBasis, type AssignorMember, compareMembers, subscribedTopics } from "./assignor.ts";
import type { Steps } from "./steps.ts";

/**
 * The input of a sticky assignment, by number: members, topics and partitions in order, the members that may have each
 * partition, and its previous member.
 */
export interface StickyProblem {
  readonly members: readonly AssignorMember[];
  readonly partitions: readonly TopicPartition[];
  /** The number of the topic, for each partition. */
  readonly topicOf: readonly number[];
  /** The members that subscribe to the topic, in order, for each topic. */
  readonly eligible: readonly (readonly number[])[];
  /** The existing topics that the member subscribes to, for each member. */
  readonly wanted: readonly ReadonlySet<number>[];
  /** The member that had the partition and may keep it, for each partition; −1 for none. */
  readonly home: readonly number[];
  /** Whether any member names its rack. */
  readonly hasRacks: boolean;
  /** Whether a partition has a replica in a member's rack; false where nothing is known of racks. */
  readonly isNear: (member: number, partition: number) => boolean;
}

/** The partitions that a member claims to have had. */
export interface Claim {
  readonly owned: readonly TopicPartition[];
  readonly generation: number;
}

/** The topics of a problem by number; the partitions of a topic are numbered in a row. */
interface Topics {
  readonly numbers: ReadonlyMap<string, number>;
  /** The number of the first partition, for each topic. */
  readonly first: readonly number[];
  readonly sizes: readonly number[];
}

export function* stickyProblem(input: AssignorBasis, claimOf: (member: AssignorMember) => Claim): Steps<StickyProblem> {
  const members = [...input.members].sort(compareMembers);
  const partitions: TopicPartition[] = [];
  const topicOf: number[] = [];
  const numbers = new Map<string, number>();
  const first: number[] = [];
  const racks: (readonly (readonly string[])[])[] = [];
  const subscribed = yield* subscribedTopics(input); // QuickJS cannot compile a loop over `yield*`
  for (const topic of subscribed) {
    const list = input.partitions.get(topic) ?? [];
    first.push(partitions.length);
    for (const partition of list.keys()) {
      partitions.push({ topic, partition });
      topicOf.push(numbers.size);
    }
    numbers.set(topic, numbers.size);
    racks.push(list);
    yield;
  }
  const eligible: number[][] = racks.map(() => []);
  const wanted: ReadonlySet<number>[] = [];
  for (const [m, member] of members.entries()) {
    const topics = new Set<number>();
    for (const topic of member.topics) {
      const t = numbers.get(topic);
      if (t === undefined || topics.has(t)) continue;
      topics.add(t);
      eligible[t]?.push(m);
    }
    wanted.push(topics);
    yield;
  }
  const home = yield* homes(
    members,
    wanted,
    topicOf,
    { numbers, first, sizes: racks.map((list) => list.length) },
    claimOf,
  );
  const isNear = (m: number, p: number): boolean => {
    const rack = members[m]?.rack;
    return (
      typeof rack === "string" && racks[topicOf[p] ?? -1]?.[partitions[p]?.partition ?? -1]?.includes(rack) === true
    );
  };
  return {
    members,
    partitions,
    topicOf,
    eligible,
    wanted,
    home,
    hasRacks: members.some(({ rack }) => rack !== null),
    isNear,
  };
}

/**
 * The previous member of each partition. If two members claim the same partition, the one of the later generation had
 * it. If both have the same generation, neither counts: one of them is wrong, and both would go on reading (KIP-341,
 * KIP-792). A partition that does not exist, or whose topic the member no longer subscribes to, is no claim.
 */
function* homes(
  members: readonly AssignorMember[],
  wanted: readonly ReadonlySet<number>[],
  topicOf: readonly number[],
  topics: Topics,
  claimOf: (member: AssignorMember) => Claim,
): Steps<readonly number[]> {
  const home = topicOf.map(() => -1);
  const since = topicOf.map(() => Number.NEGATIVE_INFINITY);
  for (const [m, member] of members.entries()) {
    const { owned, generation } = claimOf(member);
    for (const p of new Set(owned.map((one) => numberOf(one, topics)))) {
      if (p < 0 || wanted[m]?.has(topicOf[p] ?? -1) !== true) continue;
      const before = since[p] ?? Number.NEGATIVE_INFINITY;
      if (generation < before) continue;
      home[p] = generation === before ? -1 : m;
      since[p] = generation;
    }
    yield;
  }
  return home;
}

/** The number of a partition; −1 for one that does not exist. */
function numberOf({ topic, partition }: TopicPartition, { numbers, first, sizes }: Topics): number {
  const t = numbers.get(topic) ?? -1;
  const exists = Number.isInteger(partition) && partition >= 0 && partition < (sizes[t] ?? 0);
  return exists ? (first[t] ?? 0) + partition : -1;
}

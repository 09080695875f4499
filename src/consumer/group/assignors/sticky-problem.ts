import type { TopicPartition } from "../../topic-partition.ts";
import { type AssignorInput, type AssignorMember, compareMembers, subscribedTopics } from "./assignor.ts";

/** What a sticky assignment is made from, by numbers: members and partitions in order, who may have what, who had what. */
export interface StickyProblem {
  readonly members: readonly AssignorMember[];
  readonly partitions: readonly TopicPartition[];
  /** For each partition the members that subscribe to its topic, in order. */
  readonly eligible: readonly (readonly number[])[];
  /** For each partition the member that had it and may keep it; −1 for none. */
  readonly home: readonly number[];
  /** Whether a partition has a replica in a member's rack; false where nothing is known of racks. */
  readonly isNear: (member: number, partition: number) => boolean;
}

/** What a member claims to have had. */
export interface Claim {
  readonly owned: readonly TopicPartition[];
  readonly generation: number;
}

/**
 * Of two members that claim the same partition the one of the later generation had it; of the same generation nobody did:
 * one of them is wrong, and both would go on reading. What does not exist, or is not subscribed to any more, is no claim.
 */
export function stickyProblem(input: AssignorInput, claimOf: (member: AssignorMember) => Claim): StickyProblem {
  const members = [...input.members].sort(compareMembers);
  const partitions: TopicPartition[] = [];
  const eligible: (readonly number[])[] = [];
  const numbers = new Map<string, number>();
  const topics = members.map((member) => new Set(member.topics));
  for (const topic of subscribedTopics(input)) {
    const able = [...members.keys()].filter((m) => topics[m]?.has(topic));
    for (const partition of input.partitions.get(topic)?.keys() ?? []) {
      numbers.set(`${topic}/${partition}`, partitions.length);
      partitions.push({ topic, partition });
      eligible.push(able);
    }
  }
  const home = partitions.map(() => -1);
  const since = partitions.map(() => Number.NEGATIVE_INFINITY);
  members.forEach((member, m) => {
    const { owned, generation } = claimOf(member);
    for (const p of new Set(owned.map(({ topic, partition }) => numbers.get(`${topic}/${partition}`)))) {
      if (p === undefined || topics[m]?.has(partitions[p]?.topic ?? "") !== true) continue;
      const before = since[p] ?? Number.NEGATIVE_INFINITY;
      if (generation < before) continue;
      home[p] = generation === before ? -1 : m;
      since[p] = generation;
    }
  });
  const isNear = (m: number, p: number): boolean => {
    const rack = members[m]?.rack;
    const { topic, partition } = partitions[p] ?? { topic: "", partition: 0 };
    return typeof rack === "string" && input.partitions.get(topic)?.[partition]?.includes(rack) === true;
  };
  return { members, partitions, eligible, home, isNear };
}

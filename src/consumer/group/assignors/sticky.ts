import type { TopicPartition } from "../../topic-partition.ts";
import { type Assignor, type AssignorInput, type AssignorMember, type GroupAssignment, nothingAssigned } from "./assignor.ts";
import { assignBalanced } from "./sticky-balance.ts";
import { type Claim, stickyProblem } from "./sticky-problem.ts";
import { assignUniform } from "./sticky-uniform.ts";
import { decodeGeneration, decodeStickyUserData, encodeGeneration, encodeStickyUserData } from "./sticky-user-data.ts";

/** As balanced as subscriptions allow, and of those assignments one that moves few partitions. */
function assignSticky(input: AssignorInput, claimOf: (member: AssignorMember) => Claim, isCautious: boolean): Map<string, TopicPartition[]> {
  const result = nothingAssigned(input.members);
  const problem = stickyProblem(input, claimOf);
  const isUniform = problem.eligible.every((able) => able.length === problem.members.length);
  const holder = isUniform ? assignUniform(problem) : assignBalanced(problem, isCautious);
  problem.partitions.forEach((partition, p) => {
    const member = problem.members[holder[p] ?? -1];
    if (member !== undefined) result.get(member.memberId)?.push(partition);
  });
  return result;
}

/** An eager member has given everything back when it joins: what it had is in its user data. */
function previousClaim({ userData, owned, generation }: AssignorMember): Claim {
  return (userData === null || userData.length === 0 ? undefined : decodeStickyUserData(userData)) ?? { owned, generation };
}

/** Subscriptions before version 2 have no field for the generation. */
function ownedClaim({ userData, owned, generation }: AssignorMember): Claim {
  return { owned, generation: generation >= 0 || userData === null ? generation : decodeGeneration(userData) };
}

/** What somebody else still holds is not given yet: its holder gives it back first, and the group joins once more (KIP-429). */
function assignCooperatively(input: AssignorInput): GroupAssignment {
  const assigned = assignSticky(input, ownedClaim, true);
  const heldBy = new Map<string, Set<string>>();
  for (const { memberId, owned } of input.members) {
    for (const { topic, partition } of owned) {
      const key = `${topic}/${partition}`;
      heldBy.set(key, (heldBy.get(key) ?? new Set<string>()).add(memberId));
    }
  }
  const isFree = (memberId: string, { topic, partition }: TopicPartition): boolean => {
    const holders = heldBy.get(`${topic}/${partition}`);
    return holders === undefined || (holders.size === 1 && holders.has(memberId));
  };
  return new Map([...assigned].map(([memberId, list]) => [memberId, list.filter((partition) => isFree(memberId, partition))]));
}

/** Java: `StickyAssignor` (KIP-54, KIP-341). */
export const stickyAssignor: Assignor = Object.freeze({
  name: "sticky",
  rebalanceProtocol: "eager",
  userData: (owned, generation) => (owned.length === 0 && generation < 0 ? null : encodeStickyUserData({ owned, generation })),
  assign: (input) => assignSticky(input, previousClaim, false),
} satisfies Assignor);

/** Java: `CooperativeStickyAssignor` (KIP-429). */
export const cooperativeStickyAssignor: Assignor = Object.freeze({
  name: "cooperative-sticky",
  rebalanceProtocol: "cooperative",
  userData: (_owned, generation) => encodeGeneration(generation),
  assign: assignCooperatively,
} satisfies Assignor);

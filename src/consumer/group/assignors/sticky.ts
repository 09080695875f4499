import type { TopicPartition } from "../../../cluster/topic-partition.ts";
import { type AssignorBasis, type AssignorMember, type GroupAssignment, nothingAssigned } from "./assignor.ts";
import { type BuiltInAssignor, builtIn } from "./built-in.ts";
import type { Steps } from "./steps.ts";
import { assignBalanced } from "./sticky-balance.ts";
import { type Claim, stickyProblem } from "./sticky-problem.ts";
import { assignUniform } from "./sticky-uniform.ts";
import { decodeGeneration, decodeStickyUserData, encodeGeneration, encodeStickyUserData } from "./sticky-user-data.ts";

/** Makes an assignment that is as balanced as the subscriptions allow, and moves few partitions for it. */
function* assignSticky(
  input: AssignorBasis,
  claimOf: (member: AssignorMember) => Claim,
  isCautious: boolean,
): Steps<Map<string, TopicPartition[]>> {
  const result = nothingAssigned(input.members);
  const problem = yield* stickyProblem(input, claimOf);
  const isUniform = problem.eligible.every((able) => able.length === problem.members.length);
  const holder = yield* isUniform ? assignUniform(problem) : assignBalanced(problem, isCautious);
  for (const [p, partition] of problem.partitions.entries()) {
    const member = problem.members[holder[p] ?? -1];
    if (member !== undefined) result.get(member.memberId)?.push(partition);
    if (p % 1024 === 0) yield;
  }
  return result;
}

/** An eager member has given all its partitions back when it joins; its user data lists them. */
function previousClaim({ userData, owned, generation }: AssignorMember): Claim {
  return (
    (userData === null || userData.length === 0 ? undefined : decodeStickyUserData(userData)) ?? { owned, generation }
  );
}

/** Subscriptions before version 2 have no field for the generation. */
function ownedClaim({ userData, owned, generation }: AssignorMember): Claim {
  return { owned, generation: generation >= 0 || userData === null ? generation : decodeGeneration(userData) };
}

/**
 * A partition that another member still owns is not assigned yet: its owner gives it back first, and the group joins
 * once more (KIP-429).
 */
function* assignCooperatively(input: AssignorBasis): Steps<GroupAssignment> {
  const assigned = yield* assignSticky(input, ownedClaim, true);
  /** By topic and partition: the only member that owns it; undefined if several claim it. */
  const heldBy = new Map<string, Map<number, string | undefined>>();
  for (const { memberId, owned } of input.members) {
    for (const { topic, partition } of owned) {
      let holders = heldBy.get(topic);
      if (holders === undefined) heldBy.set(topic, (holders = new Map<number, string | undefined>()));
      holders.set(partition, !holders.has(partition) || holders.get(partition) === memberId ? memberId : undefined);
    }
    yield;
  }
  for (const [memberId, list] of assigned) {
    assigned.set(
      memberId,
      list.filter(({ topic, partition }) => {
        const holders = heldBy.get(topic);
        return holders?.has(partition) !== true || holders.get(partition) === memberId;
      }),
    );
    yield;
  }
  return assigned;
}

/** Java: `StickyAssignor` (KIP-54, KIP-341). */
export const stickyAssignor: BuiltInAssignor = builtIn(
  {
    name: "sticky",
    rebalanceProtocol: "eager",
    userData: (owned, generation) =>
      owned.length === 0 && generation < 0 ? null : encodeStickyUserData({ owned, generation }),
  },
  (input) => assignSticky(input, previousClaim, false),
);

/** Java: `CooperativeStickyAssignor` (KIP-429). */
export const cooperativeStickyAssignor: BuiltInAssignor = builtIn(
  {
    name: "cooperative-sticky",
    rebalanceProtocol: "cooperative",
    userData: (_owned, generation) => encodeGeneration(generation),
  },
  assignCooperatively,
);

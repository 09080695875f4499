import {
  type Assignment,
  type Held,
  type ListedPartitions,
  NOTHING,
  epochOf,
  filtered,
  isEmpty,
} from "./assignment.ts";
import type { ConsumerMember } from "./consumer-member.ts";

/** The assignment to which a member is moved. */
export interface Target {
  readonly epoch: number;
  readonly assignment: Assignment;
  /** Whether no member has a partition. */
  readonly isFree: (topicId: string, partition: number) => boolean;
  /** Whether the member subscribes to a topic. */
  readonly isSubscribed: (topicId: string) => boolean;
}

/**
 * Moves a member one step to its target (KIP-848). First it gives up the partitions that are not in the target. Then it
 * enters the target's epoch, and gets the partitions that others have released. `owned`: the partitions that the member
 * says it has; null if it says nothing. Returns whether anything changed.
 */
export function reconcile(
  member: ConsumerMember,
  target: Target,
  owned: readonly ListedPartitions[] | null,
  hasSubscriptionChanged: boolean,
): boolean {
  switch (member.state) {
    case "stable":
      if (member.epoch !== target.epoch) return next(member, target, owned);
      return hasSubscriptionChanged && dropUnsubscribed(member, target, owned);
    case "unrevoked":
      if (owns(owned, member.revoking)) return hasSubscriptionChanged && dropUnsubscribed(member, target, owned);
      return next(member, target, owned);
    case "unreleased":
      return next(member, target, owned);
  }
}

function next(
  member: ConsumerMember,
  { epoch, assignment, isFree }: Target,
  owned: readonly ListedPartitions[] | null,
): boolean {
  const before = { epoch: member.epoch, state: member.state, assigned: member.assigned, revoking: member.revoking };
  const kept = filtered(member.assigned, (topicId, partition) => assignment.get(topicId)?.has(partition) === true);
  const revoking = filtered(member.assigned, (topicId, partition) => assignment.get(topicId)?.has(partition) !== true);
  if (!isEmpty(revoking) && owns(owned, revoking)) {
    member.state = "unrevoked";
    member.previousEpoch = member.epoch;
    member.assigned = kept;
    member.revoking = revoking;
    return true;
  }
  const assigned = new Map([...kept].map(([topicId, partitions]) => [topicId, new Map(partitions)]));
  let isWaiting = false;
  let hasGrown = false;
  for (const [topicId, partitions] of assignment) {
    for (const partition of partitions) {
      if (epochOf(kept, topicId, partition) !== undefined) continue;
      if (!isFree(topicId, partition)) {
        isWaiting = true;
        continue;
      }
      hasGrown = true;
      const ofTopic = assigned.get(topicId) ?? new Map<number, number>();
      assigned.set(topicId, ofTopic.set(partition, epoch));
    }
  }
  member.state = isWaiting ? "unreleased" : "stable";
  member.previousEpoch = member.epoch;
  member.epoch = epoch;
  member.assigned = assigned;
  member.revoking = NOTHING;
  return (
    hasGrown ||
    before.epoch !== epoch ||
    before.state !== member.state ||
    !isEmpty(before.revoking) ||
    !isEmpty(revoking)
  );
}

/** The member unsubscribed from topics: it gives up their partitions at once, even before there is a new assignment. */
function dropUnsubscribed(
  member: ConsumerMember,
  { isSubscribed }: Target,
  owned: readonly ListedPartitions[] | null,
): boolean {
  const dropped = filtered(member.assigned, (topicId) => !isSubscribed(topicId));
  if (isEmpty(dropped)) return false;
  member.assigned = filtered(member.assigned, isSubscribed);
  if (!owns(owned, dropped)) return true;
  member.state = "unrevoked";
  member.revoking = new Map([...member.revoking, ...dropped]);
  return true;
}

/** Whether the member still has some of these partitions. A member that says nothing still has them. */
function owns(owned: readonly ListedPartitions[] | null, held: Held): boolean {
  return (
    owned === null ||
    owned.some(({ topicId, partitions }) =>
      partitions.some((partition) => epochOf(held, topicId, partition) !== undefined),
    )
  );
}

import { calmSince } from "./calm.ts";
import { type Checker, type Violation, ofType } from "../../simulation/checkers/violation.ts";

const placeOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }): string =>
  `${topic}-${partition}`;

/** Offsets of the log by partition, in order. */
function logOf(history: Parameters<Checker>[0]): ReadonlyMap<string, readonly number[]> {
  const log = new Map<string, number[]>();
  for (const event of ofType(history, "log"))
    log.set(placeOf(event), [...(log.get(placeOf(event)) ?? []), event.offset]);
  for (const offsets of log.values()) offsets.sort((a, b) => a - b);
  return log;
}

/** C3: in the end every record that the log has below what is committed was delivered to a member. */
export const committedWasDelivered: Checker = (history) => {
  const log = logOf(history);
  const delivered = new Set(ofType(history, "deliver").map((event) => `${placeOf(event)}@${event.offset}`));
  return ofType(history, "group").flatMap(({ atMs, node, groupId, partitions }) =>
    partitions.flatMap((partition) =>
      (log.get(placeOf(partition)) ?? [])
        .filter((offset) => offset < partition.committed && !delivered.has(`${placeOf(partition)}@${offset}`))
        .map((offset): Violation => ({
          invariant: "C3",
          atMs,
          node,
          message:
            `group ${groupId} has committed ${partition.committed} of ${placeOf(partition)}, and nobody got offset ` +
            `${offset}`,
        })),
    ),
  );
};

/**
 * C5: what is committed is done, never goes back, and is of the present generation.
 *
 * A member of the classic protocol knows topics by name. Where one is deleted and made anew in a group that has
 * members of KIP-848 too, the coordinator may give the new topic's partitions to others at once; the member
 * reads them as well until it hears of the rebalance, and commits what it has done. So does a classic member
 * whose group becomes one of KIP-848 in the middle of a rebalance (see {@link ownersAreAlone}), and one that was
 * counted out, and joins again once the group is one of KIP-848: that takes the id of a classic member which it
 * does not know for a new one, as Kafka's does, where a classic group answers UNKNOWN_MEMBER_ID. Nothing is
 * lost: the other commits again. Of the classic member's commits is asked only that what they cover is done.
 */
export const commitsCoverWhatIsDone: Checker = (history) => {
  const log = logOf(history);
  const done = new Set<string>();
  const committed = new Map<string, number>();
  /** What classic members hold, or held last, and whether the coordinator gave it to others meanwhile. */
  const held = new Map<
    string,
    { readonly memberId: string; readonly topic: string; isOthers: boolean; isReleased: boolean }
  >();
  const violations: Violation[] = [];
  for (const event of history) {
    if (event.type === "done") done.add(`${placeOf(event)}@${event.offset}`);
    if (event.type === "recreation")
      for (const one of held.values()) one.isOthers ||= !one.isReleased && one.topic === event.topic;
    if (event.type === "ownership" && event.moment === "begin") {
      const { memberId, isClassic, what, members, groupType } = event;
      for (const partition of event.partitions) {
        const key = `${memberId}/${placeOf(partition)}`;
        if (what !== "assigned") {
          // It stays: the last commit is made in the hook, and the coordinator gets it later.
          const one = held.get(key);
          if (one !== undefined) one.isReleased = true;
          continue;
        }
        for (const [other, one] of held) {
          if (one.memberId === memberId || !other.endsWith(`/${placeOf(partition)}`)) continue;
          if (groupType === "consumer" || !members.includes(one.memberId)) one.isOthers ||= !one.isReleased;
        }
        if (isClassic === true) held.set(key, { memberId, topic: partition.topic, isOthers: false, isReleased: false });
      }
    }
    if (event.type !== "commit") continue;
    const place = placeOf(event);
    const isOthers = held.get(`${event.memberId}/${place}`)?.isOthers === true;
    const say = (what: string): number =>
      violations.push({
        invariant: "C5",
        atMs: event.atMs,
        node: event.node,
        message: `${event.node} committed ${event.offset} of ${place}: ${what}`,
      });
    const before = committed.get(place) ?? 0;
    if (event.offset < before && !isOthers) say(`${before} was committed before`);
    if (event.groupGeneration !== undefined && event.generation !== event.groupGeneration)
      say(`of generation ${event.generation}, and the group is at ${event.groupGeneration}`);
    const missed = (log.get(place) ?? []).find(
      (offset) => offset >= before && offset < event.offset && !done.has(`${place}@${offset}`),
    );
    if (missed !== undefined) say(`nobody is done with ${missed}`);
    if (!isOthers) committed.set(place, event.offset);
  }
  return violations;
};

/**
 * C6: where no fault hinders it, what a member is done with is committed before its partitions go, if commits are its
 * own business.
 */
export const revokedIsCommitted: Checker = (history) => {
  const sinceMs = calmSince(history);
  const done = new Map<string, number>();
  const committed = new Map<string, number>();
  const violations: Violation[] = [];
  for (const event of history) {
    if (event.type === "done") done.set(`${event.consumer}/${placeOf(event)}`, event.offset + 1);
    if (event.type === "commit") committed.set(placeOf(event), event.offset);
    if (
      event.type !== "ownership" ||
      event.what !== "revoked" ||
      event.moment !== "begin" ||
      event.atMs < sinceMs ||
      !event.isAutoCommitting
    )
      continue;
    for (const partition of event.partitions) {
      const [moved, taken] = [
        done.get(`${event.member}/${placeOf(partition)}`) ?? 0,
        committed.get(placeOf(partition)) ?? 0,
      ];
      if (moved > taken)
        violations.push({
          invariant: "C6",
          atMs: event.atMs,
          node: event.node,
          message:
            `${event.member} gives ${placeOf(partition)} back: ` +
            `it is done up to ${moved}, and ${taken} is committed`,
        });
    }
  }
  return violations;
};

import { calmSince } from "./calm.ts";
import { type Checker, type Violation, ofType } from "../../simulation/checkers/violation.ts";

const placeOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }): string =>
  `${topic}-${partition}`;

/** The offsets of each partition, in order. */
function logOf(history: Parameters<Checker>[0]): ReadonlyMap<string, readonly number[]> {
  const log = new Map<string, number[]>();
  for (const event of ofType(history, "log"))
    log.set(placeOf(event), [...(log.get(placeOf(event)) ?? []), event.offset]);
  for (const offsets of log.values()) offsets.sort((a, b) => a - b);
  return log;
}

/** C3: in the end, every record below the committed offset was delivered to a member. */
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
            `group ${groupId} has committed ${partition.committed} of ${placeOf(partition)}, but no member got offset ` +
            `${offset}`,
        })),
    ),
  );
};

/**
 * C5: a commit covers only processed records, never goes back, and belongs to the current generation.
 *
 * A classic member knows topics by name. When a topic is recreated in a group that also has KIP-848 members, the
 * coordinator may assign the new topic's partitions to others at once. The classic member reads them too until it
 * learns of the rebalance, and commits the records that it has processed. The same happens to a classic member whose
 * group becomes a KIP-848 group during a rebalance (see {@link ownersAreAlone}). It also happens to one that was
 * removed and joins again when the group is a KIP-848 group: like Kafka's, the coordinator then treats an unknown id of
 * a classic member as a new member, where a classic group returns UNKNOWN_MEMBER_ID. Nothing is lost, because the other
 * owner commits again. So of a classic member's commits this checks only that they cover processed records.
 */
export const commitsCoverWhatIsDone: Checker = (history) => {
  const log = logOf(history);
  const done = new Set<string>();
  const committed = new Map<string, number>();
  /**
   * The partitions that classic members own, or owned last, and whether the coordinator gave them to others meanwhile.
   */
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
          // The entry stays: the hook makes the last commit, and the coordinator receives it later.
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
    if (event.offset < before && !isOthers) say(`offset ${before} was committed before`);
    if (event.groupGeneration !== undefined && event.generation !== event.groupGeneration)
      say(`its generation is ${event.generation}, and the group's is ${event.groupGeneration}`);
    const missed = (log.get(place) ?? []).find(
      (offset) => offset >= before && offset < event.offset && !done.has(`${place}@${offset}`),
    );
    if (missed !== undefined) say(`no member has processed offset ${missed}`);
    if (!isOthers) committed.set(place, event.offset);
  }
  return violations;
};

/**
 * C6: without faults, a member that commits automatically commits the processed records of a partition before it gives
 * the partition back.
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
            `it has processed up to ${moved}, but committed ${taken}`,
        });
    }
  }
  return violations;
};

import type { Assignment } from "./assignment.ts";

/** A member as an assignor sees it. */
export interface AssignedMember {
  readonly memberId: string;
  readonly instanceId: string | null;
  /** The topics that it subscribes to. */
  readonly topicIds: ReadonlySet<string>;
  /** Its target assignment so far. */
  readonly target: Assignment;
}

/** The number of partitions of each topic, by id. */
export type PartitionCounts = ReadonlyMap<string, number>;

/** The broker's assignors, the default first. Java: `group.consumer.assignors`. */
export const SERVER_ASSIGNORS: readonly string[] = ["uniform", "range"];

/** Assigns all partitions to the members that subscribe to them. */
export function assignPartitions(
  assignor: string,
  members: readonly AssignedMember[],
  counts: PartitionCounts,
): ReadonlyMap<string, Assignment> {
  return assignor === "range" ? range(members, counts) : uniform(members, counts);
}

type Building = Map<string, Map<string, Set<number>>>;

function give(building: Building, memberId: string, topicId: string, partition: number): void {
  const topics = building.get(memberId) ?? new Map<string, Set<number>>();
  building.set(memberId, topics.set(topicId, (topics.get(topicId) ?? new Set()).add(partition)));
}

/** Assigns each topic in ranges, so that equal partition numbers of several topics go to the same member. */
function range(members: readonly AssignedMember[], counts: PartitionCounts): ReadonlyMap<string, Assignment> {
  const building: Building = new Map();
  const sorted = [...members].sort((a, b) => compare(a.instanceId ?? a.memberId, b.instanceId ?? b.memberId));
  for (const [topicId, count] of counts) {
    const readers = sorted.filter(({ topicIds }) => topicIds.has(topicId));
    const [least, more] = [Math.floor(count / readers.length), count % readers.length];
    let partition = 0;
    readers.forEach(({ memberId }, i) => {
      for (let n = least + (i < more ? 1 : 0); n > 0; n--) give(building, memberId, topicId, partition++);
    });
  }
  return building;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

interface Load {
  readonly member: AssignedMember;
  /** Topic id and partition. */
  readonly has: [string, number][];
}

/** Assigns as evenly as the subscriptions allow. Members keep their partitions, as far as that is even. */
function uniform(members: readonly AssignedMember[], counts: PartitionCounts): ReadonlyMap<string, Assignment> {
  const loads = [...members]
    .sort((a, b) => compare(a.memberId, b.memberId))
    .map((member): Load => ({ member, has: [] }));
  const taken = new Set<string>();
  for (const { member, has } of loads) {
    for (const [topicId, partitions] of member.target) {
      if (!member.topicIds.has(topicId)) continue;
      for (const partition of [...partitions].sort((a, b) => a - b)) {
        if (partition >= (counts.get(topicId) ?? 0) || taken.has(`${topicId}/${partition}`)) continue;
        taken.add(`${topicId}/${partition}`);
        has.push([topicId, partition]);
      }
    }
  }
  for (const [topicId, count] of counts) {
    const readers = loads.filter(({ member }) => member.topicIds.has(topicId));
    if (readers.length === 0) continue;
    for (let partition = 0; partition < count; partition++)
      if (!taken.has(`${topicId}/${partition}`)) lightest(readers).has.push([topicId, partition]);
  }
  balance(loads);
  const building: Building = new Map();
  for (const { member, has } of loads)
    for (const [topicId, partition] of has) give(building, member.memberId, topicId, partition);
  return building;
}

function lightest(loads: readonly Load[]): Load {
  return loads.reduce((a, b) => (b.has.length < a.has.length ? b : a));
}

/**
 * Moves partitions between members whose numbers differ by two or more, until there are none. It ends, because each
 * move makes the sum of squares smaller.
 */
function balance(loads: readonly Load[]): void {
  for (let hasMoved = true; hasMoved;) {
    hasMoved = false;
    for (const from of [...loads].sort((a, b) => b.has.length - a.has.length)) {
      for (const to of [...loads].sort((a, b) => a.has.length - b.has.length)) {
        if (from.has.length - to.has.length < 2) break;
        const at = from.has.map(([topicId]) => to.member.topicIds.has(topicId)).lastIndexOf(true);
        const moved = at < 0 ? undefined : from.has.splice(at, 1)[0];
        if (moved === undefined) continue;
        to.has.push(moved);
        hasMoved = true;
      }
    }
  }
}

import type { TopicPartition } from "../../../cluster/topic-partition.ts";
import {
  type AssignorBasis,
  type AssignorMember,
  type GroupAssignment,
  compareMembers,
  comparePartitions,
  nothingAssigned,
  subscribedTopics,
} from "./assignor.ts";
import { type BuiltInAssignor, builtIn } from "./built-in.ts";
import type { Steps } from "./steps.ts";

/** The state of one topic while its partitions are assigned. */
class TopicRange {
  readonly topic: string;
  readonly members: readonly AssignorMember[];
  readonly size: number;
  readonly unassigned: Set<number>;
  /**
   * Whether to consider racks: members and replicas have some in common, and not every partition has replicas in all of
   * them.
   */
  readonly isRackAware: boolean;
  readonly #racks: readonly (readonly string[])[];
  readonly #each: number;
  readonly #counts: Map<string, number>;
  #extra: number;

  constructor(topic: string, racks: readonly (readonly string[])[], members: readonly AssignorMember[]) {
    this.topic = topic;
    this.members = members;
    this.size = racks.length;
    this.unassigned = new Set(racks.keys());
    this.#racks = racks;
    this.#each = Math.floor(racks.length / members.length);
    this.#extra = racks.length % members.length;
    this.#counts = new Map(members.map((member) => [member.memberId, 0]));
    this.isRackAware = isRackAware(racks, members);
  }

  /** Whether a member may read a partition without leaving its rack. */
  matches(member: AssignorMember, partition: number): boolean {
    return member.rack === null || this.#racks[partition]?.includes(member.rack) === true;
  }

  /** The number of partitions that this member may still get. */
  room({ memberId }: AssignorMember): number {
    return Math.max(0, this.#each + (this.#extra > 0 ? 1 : 0) - (this.#counts.get(memberId) ?? 0));
  }

  give({ memberId }: AssignorMember, partitions: readonly number[]): void {
    const count = (this.#counts.get(memberId) ?? 0) + partitions.length;
    this.#counts.set(memberId, count);
    for (const partition of partitions) this.unassigned.delete(partition);
    if (partitions.length > 0 && count > this.#each) this.#extra--;
  }
}

function isRackAware(racks: readonly (readonly string[])[], members: readonly AssignorMember[]): boolean {
  const all = new Set(racks.flat());
  if (!members.some(({ rack }) => rack !== null && all.has(rack))) return false;
  return !racks.every((own) => new Set(own).size === all.size);
}

type Give = (state: TopicRange, member: AssignorMember, partitions: readonly number[]) => void;

/**
 * Gives each member a range of neighbouring partitions of each topic. If the division leaves a remainder, the first
 * members get one partition more.
 */
function* assign(input: AssignorBasis): Steps<GroupAssignment> {
  const { members, partitions } = input;
  const result: Map<string, TopicPartition[]> = nothingAssigned(members);
  const subscribers = new Map<string, AssignorMember[]>((yield* subscribedTopics(input)).map((topic) => [topic, []]));
  for (const member of [...members].sort(compareMembers)) {
    for (const topic of new Set(member.topics)) subscribers.get(topic)?.push(member);
    yield;
  }
  const states: TopicRange[] = [];
  for (const [topic, list] of subscribers) {
    states.push(new TopicRange(topic, partitions.get(topic) ?? [], list));
    yield;
  }
  const give: Give = (state, member, list) => {
    state.give(member, list);
    for (const partition of list) result.get(member.memberId)?.push({ topic: state.topic, partition });
  };
  if (states.some((state) => state.isRackAware)) yield* assignByRack(states, give);
  for (const state of states) yield* assignRanges(state, () => true, give);
  for (const list of result.values()) {
    list.sort(comparePartitions);
    yield;
  }
  return result;
}

function* assignRanges(
  state: TopicRange,
  may: (member: AssignorMember, partition: number) => boolean,
  give: Give,
): Steps<void> {
  for (const member of state.members) {
    if (state.unassigned.size === 0) return;
    const room = state.room(member);
    const list: number[] = [];
    for (const partition of state.unassigned) {
      if (list.length >= room) break;
      if (may(member, partition)) list.push(partition);
    }
    if (list.length > 0) give(state, member, list);
    yield;
  }
}

/**
 * First assigns the partitions that a member can read in its own rack (KIP-881). Topics with the same members and the
 * same number of partitions are assigned together, so that joins by partition number still work: a partition number
 * goes to a member that is near its replicas in all of these topics.
 */
function* assignByRack(states: readonly TopicRange[], give: Give): Steps<void> {
  const groups = new Map<string, TopicRange[]>();
  for (const state of states) {
    const key = JSON.stringify([state.size, state.members.map((member) => member.memberId)]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [state]);
    else group.push(state);
    yield;
  }
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined) continue;
    if (group.length > 1) yield* assignTogether(group, first, give);
    else if (first.isRackAware)
      yield* assignRanges(first, (member, partition) => first.matches(member, partition), give);
  }
}

function* assignTogether(group: readonly TopicRange[], first: TopicRange, give: Give): Steps<void> {
  const left = new Set(first.members);
  for (let partition = 0; partition < first.size; partition++) {
    for (const member of left) {
      yield;
      if (!group.every((state) => state.matches(member, partition) && state.room(member) > 0)) continue;
      for (const state of group) give(state, member, [partition]);
      if (group.every((state) => state.room(member) === 0)) left.delete(member);
      break;
    }
  }
}

/** Java: `RangeAssignor`. */
export const rangeAssignor: BuiltInAssignor = builtIn({ name: "range", rebalanceProtocol: "eager" }, assign);

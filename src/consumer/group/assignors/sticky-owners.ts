import type { StickyProblem } from "./sticky-problem.ts";

/** The partitions of one topic that a member owns. */
export interface HeldOfTopic {
  /** The partitions that another member had, or none. */
  readonly free: number[];
  /** The partitions that this member had before. */
  readonly own: number[];
}

/** The owner of each partition, and the partitions of each member, while a sticky assignment is made. */
export class StickyOwners {
  readonly problem: StickyProblem;
  /** The member of each partition; −1 for none yet. */
  readonly holder: number[];
  /** The number of partitions of each member. */
  readonly counts: number[];
  readonly #held: readonly Map<number, HeldOfTopic>[];
  readonly #displaced: readonly Set<number>[];

  /** At first no partition has a member. */
  constructor(problem: StickyProblem) {
    this.problem = problem;
    this.holder = problem.home.map(() => -1);
    this.counts = problem.members.map(() => 0);
    this.#held = problem.members.map(() => new Map<number, HeldOfTopic>());
    this.#displaced = problem.members.map(() => new Set<number>());
  }

  /** The partitions of a member by topic. Topics of which it has none are absent. */
  held(member: number): ReadonlyMap<number, HeldOfTopic> {
    return this.#held[member] ?? new Map<number, HeldOfTopic>();
  }

  /** The partitions of a member that another member had before. */
  displaced(member: number): ReadonlySet<number> {
    return this.#displaced[member] ?? new Set<number>();
  }

  /** A partition of a topic that a member can give away: preferably one that it did not have before. */
  oneOf(member: number, topic: number): number {
    const held = this.#held[member]?.get(topic);
    return held?.free.at(-1) ?? held?.own.at(-1) ?? -1;
  }

  /** Moves a partition to a member; the partition may have no member yet. */
  give(partition: number, to: number): void {
    const from = this.holder[partition] ?? -1;
    if (from >= 0) this.#take(partition, from);
    const home = this.problem.home[partition] ?? -1;
    const topic = this.problem.topicOf[partition] ?? -1;
    let held = this.#held[to]?.get(topic);
    if (held === undefined) {
      held = { free: [], own: [] };
      this.#held[to]?.set(topic, held);
    }
    if (home === to) held.own.push(partition);
    else held.free.push(partition);
    if (home >= 0 && home !== to) this.#displaced[to]?.add(partition);
    this.holder[partition] = to;
    this.counts[to] = (this.counts[to] ?? 0) + 1;
  }

  #take(partition: number, from: number): void {
    const topic = this.problem.topicOf[partition] ?? -1;
    const held = this.#held[from]?.get(topic);
    if (held === undefined) return;
    const list = this.problem.home[partition] === from ? held.own : held.free;
    list.splice(list.lastIndexOf(partition), 1);
    if (held.free.length + held.own.length === 0) this.#held[from]?.delete(topic);
    this.#displaced[from]?.delete(partition);
    this.counts[from] = (this.counts[from] ?? 0) - 1;
  }
}

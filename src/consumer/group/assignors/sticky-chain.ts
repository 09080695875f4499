import type { StickyOwners } from "./sticky-owners.ts";
import type { Steps } from "./steps.ts";

/**
 * The costs of moving a partition: `free` if its member did not have it before, `away` if the move takes it from the
 * member that had it. One move of the second kind costs more than any number of the first.
 */
const COST = { free: 1, away: 1_000_000 } as const;

/** A partition and the member that it goes to. */
export interface Move {
  readonly partition: number;
  readonly to: number;
}

/**
 * How the search has reached each topic and member: a topic from a member that gives one of its partitions, a member
 * through a topic, or by a partition that returns to it.
 */
interface Reached {
  /** The member that gives a partition of the topic, for each topic. */
  readonly giver: Int32Array;
  /** The topic of which the member gets a partition, for each member; −1 where it gets `back`. */
  readonly topic: Int32Array;
  /** The partition that returns to the member, for each member. */
  readonly back: Int32Array;
}

/**
 * Looks for the cheapest chain of moves from one member to the one with the fewest partitions that can be reached. It
 * is Dijkstra's algorithm over members and topics: a member gives a partition of a topic, and any member that
 * subscribes to the topic can take it. Edges between members alone would be a thousand times as many in a large group.
 *
 * A member costs nothing to reach once its topic is, and partitions cost one of two amounts: so two queues replace a
 * heap.
 */
export class ChainSearch {
  readonly #owners: StickyOwners;
  readonly #isCautious: boolean;

  constructor(owners: StickyOwners, isCautious: boolean) {
    this.#owners = owners;
    this.#isCautious = isCautious;
  }

  /**
   * Returns the moves, in any order, from `source` to a member with at least two partitions fewer. If there is no such
   * member, returns the number of partitions of the emptiest member that can be reached. `fewest` is a lower bound for
   * that number: the search ends with the first member that has no more.
   */
  *find(source: number, fewest: number): Steps<readonly Move[] | number> {
    const { counts, problem } = this.#owners;
    const reached: Reached = {
      giver: new Int32Array(problem.eligible.length).fill(-1),
      topic: new Int32Array(counts.length).fill(-1),
      back: new Int32Array(counts.length).fill(-1),
    };
    const target = yield* this.#search(source, fewest, reached);
    const least = counts[target] ?? 0;
    return least + 2 > (counts[source] ?? 0) ? least : this.#chain(source, target, reached);
  }

  /** The member with the fewest partitions, of those the cheapest to reach. */
  *#search(source: number, fewest: number, reached: Reached): Steps<number> {
    const { counts, problem } = this.#owners;
    const isSeen = new Uint8Array(counts.length);
    const isDone = new Uint8Array(problem.eligible.length);
    const cost = new Float64Array(problem.eligible.length).fill(Number.POSITIVE_INFINITY);
    const queues: readonly [Queue, Queue] = [new Queue(), new Queue()];
    let best = source;
    let ready = [source];
    isSeen[source] = 1;
    const emptier = (one: number, m: number): number => ((counts[m] ?? 0) < (counts[one] ?? 0) ? m : one);
    for (let at = 0; ;) {
      best = ready.reduce(emptier, best);
      if ((counts[best] ?? 0) <= fewest) return best;
      for (const m of ready) this.#expand(m, source, at, { isSeen, cost, reached, queues, ready });
      best = ready.reduce(emptier, best); // members to which a partition returned were added
      if ((counts[best] ?? 0) <= fewest) return best;
      yield;
      const topic = takeFirst(queues, isDone, cost);
      if (topic === undefined) return best;
      isDone[topic] = 1;
      at = cost[topic] ?? 0;
      ready = [];
      for (const m of problem.eligible[topic] ?? []) {
        if (isSeen[m] === 1) continue;
        isSeen[m] = 1;
        reached.topic[m] = topic;
        ready.push(m);
      }
    }
  }

  /**
   * The moves that can follow from a member that costs `at` to reach. Members that get a partition back cost no more:
   * they join `ready`.
   */
  #expand(
    m: number,
    source: number,
    at: number,
    search: {
      readonly isSeen: Uint8Array;
      readonly cost: Float64Array;
      readonly reached: Reached;
      readonly queues: readonly [Queue, Queue];
      readonly ready: number[];
    },
  ): void {
    const { isSeen, cost, reached, queues, ready } = search;
    // A partition that a cautious search takes from its home ends the chain: a longer one stops more members than it
    // evens out.
    if (this.#isCautious && at >= COST.away) return;
    for (const p of this.#owners.displaced(m)) {
      const home = this.#owners.problem.home[p] ?? -1;
      if (isSeen[home] === 1) continue;
      isSeen[home] = 1;
      reached.back[home] = p;
      ready.push(home);
    }
    for (const [topic, { free }] of this.#owners.held(m)) {
      const isFree = free.length > 0;
      if (!isFree && this.#isCautious && m !== source) continue;
      const along = at + (isFree ? COST.free : COST.away);
      if (along >= (cost[topic] ?? 0)) continue;
      cost[topic] = along;
      reached.giver[topic] = m;
      queues[isFree ? 0 : 1].add({ topic, cost: along });
    }
  }

  #chain(source: number, target: number, { giver, topic, back }: Reached): readonly Move[] {
    const moves: Move[] = [];
    for (let m = target; m !== source;) {
      const partition = back[m] ?? -1;
      if (partition >= 0) {
        moves.push({ partition, to: m });
        m = this.#owners.holder[partition] ?? source;
        continue;
      }
      const through = topic[m] ?? -1;
      const from = giver[through] ?? source;
      moves.push({ partition: this.#owners.oneOf(from, through), to: m });
      m = from;
    }
    return moves;
  }
}

interface Entry {
  readonly topic: number;
  readonly cost: number;
}

/**
 * Topics by cost. The costs of a queue's entries only rise: each entry costs a fixed amount more than the member that
 * added it.
 */
class Queue {
  readonly #entries: Entry[] = [];
  #at = 0;

  add(entry: Entry): void {
    this.#entries.push(entry);
  }

  get first(): Entry | undefined {
    return this.#entries[this.#at];
  }

  drop(): void {
    this.#at++;
  }
}

/** The cheapest topic that is not done. Entries of topics that were reached at a lower cost meanwhile are dropped. */
function takeFirst([free, away]: readonly [Queue, Queue], isDone: Uint8Array, cost: Float64Array): number | undefined {
  for (;;) {
    const queue =
      (free.first?.cost ?? Number.POSITIVE_INFINITY) <= (away.first?.cost ?? Number.POSITIVE_INFINITY) ? free : away;
    const entry = queue.first;
    if (entry === undefined) return undefined;
    queue.drop();
    if (isDone[entry.topic] === 0 && cost[entry.topic] === entry.cost) return entry.topic;
  }
}

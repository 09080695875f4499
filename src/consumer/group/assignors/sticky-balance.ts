import type { Steps } from "./steps.ts";
import { ChainSearch } from "./sticky-chain.ts";
import { StickyOwners } from "./sticky-owners.ts";
import type { StickyProblem } from "./sticky-problem.ts";

/**
 * For members that subscribe to different topics. Each member begins with the partitions that it had. Each remaining
 * partition goes to the member with the fewest partitions that may have it. Then, while a member has at least two more
 * than another and a chain of moves leads from the one to the other, the cheapest chain is made. If there is none, no
 * assignment is better balanced. With `isCautious` a member gives up a partition that it had only if it goes directly
 * to the member with fewer: a longer chain stops more members than it evens out.
 *
 * In a large group the repeated search for a chain from every member takes long. So one pass first finds, for all
 * members at once, how few partitions the emptiest member has that a chain from them can reach. Only members with two
 * more are searched from, and a search ends at the first member with that number.
 */
export function* assignBalanced(problem: StickyProblem, isCautious: boolean): Steps<readonly number[]> {
  const owners = new StickyOwners(problem);
  yield* placeAtHome(owners);
  yield* placeRest(owners);
  const search = new ChainSearch(owners, isCautious);
  for (let hasMoved = true; hasMoved;) {
    hasMoved = false;
    const fewest = yield* fewestInReach(owners, isCautious);
    for (let source = fullest(owners, fewest); source >= 0; source = fullest(owners, fewest)) {
      const found = yield* search.find(source, fewest[source] ?? 0);
      if (typeof found !== "number") {
        for (const { partition, to } of found) owners.give(partition, to);
        hasMoved = true;
        continue;
      }
      fewest[source] = found;
      // The moves have changed which members can be reached, from other members too: the next pass computes this for
      // all members.
      if (hasMoved) break;
    }
  }
  return owners.holder;
}

function* placeAtHome(owners: StickyOwners): Steps<void> {
  for (const [p, m] of owners.problem.home.entries()) {
    if (m >= 0) owners.give(p, m);
    if (p % 256 === 0) yield;
  }
}

/**
 * Gives each partition that has no member to the one with the fewest that may have it; of those, to one in a rack of
 * its replicas.
 */
function* placeRest(owners: StickyOwners): Steps<void> {
  const {
    counts,
    holder,
    problem: { eligible, topicOf, hasRacks, isNear },
  } = owners;
  for (let p = 0; p < holder.length; p++) {
    if (p % 16 === 0) yield;
    if ((holder[p] ?? -1) >= 0) continue;
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    let isBestNear = false;
    for (const m of eligible[topicOf[p] ?? -1] ?? []) {
      const count = counts[m] ?? 0;
      if (count > least || (count === least && (!hasRacks || isBestNear || !isNear(m, p)))) continue;
      if (count < least) isBestNear = hasRacks && isNear(m, p);
      else isBestNear = true;
      best = m;
      least = count;
    }
    if (best >= 0) owners.give(p, best);
  }
}

/**
 * The member with the most partitions, among those that have at least two more than the emptiest member in their reach;
 * −1 for none.
 */
function fullest({ counts }: StickyOwners, fewest: readonly number[]): number {
  let best = -1;
  let most = Number.NEGATIVE_INFINITY;
  for (let m = 0; m < counts.length; m++) {
    const count = counts[m] ?? 0;
    if (count > most && (fewest[m] ?? 0) + 2 <= count) {
      best = m;
      most = count;
    }
  }
  return best;
}

/**
 * A member can pass a partition to another directly, or along a chain of members. The answer has, for each member, the
 * number of partitions of the emptiest member at the end of such chains. The search runs backwards and begins with the
 * emptiest member, so the first search that reaches a member has found its answer: later searches begin with fuller
 * ones.
 */
function* fewestInReach(owners: StickyOwners, isCautious: boolean): Steps<number[]> {
  const {
    counts,
    problem: { eligible, wanted },
  } = owners;
  const givers: number[][] = eligible.map(() => []);
  for (const m of counts.keys())
    for (const [topic, { free }] of owners.held(m)) if (!isCautious || free.length > 0) givers[topic]?.push(m);
  const fewest = counts.map(() => Number.POSITIVE_INFINITY);
  const isDone = new Uint8Array(eligible.length);
  for (const start of [...counts.keys()].sort((a, b) => (counts[a] ?? 0) - (counts[b] ?? 0) || a - b)) {
    if ((fewest[start] ?? 0) < Number.POSITIVE_INFINITY) continue;
    const least = counts[start] ?? 0;
    fewest[start] = least;
    const queue = [start];
    for (const m of queue) {
      yield;
      for (const topic of wanted[m] ?? []) {
        if (isDone[topic] === 1) continue;
        isDone[topic] = 1;
        for (const giver of givers[topic] ?? []) {
          if ((fewest[giver] ?? 0) < Number.POSITIVE_INFINITY) continue;
          fewest[giver] = least;
          queue.push(giver);
        }
      }
    }
  }
  if (isCautious) yield* withDirectMoves(owners, fewest);
  return fewest;
}

/** Adds the members that a member can reach by giving away one partition that it had. */
function* withDirectMoves(owners: StickyOwners, fewest: number[]): Steps<void> {
  const {
    counts,
    problem: { eligible },
  } = owners;
  const least: number[] = [];
  for (const members of eligible) {
    yield;
    least.push(members.reduce((min, m) => Math.min(min, counts[m] ?? 0), Number.POSITIVE_INFINITY));
  }
  for (const m of counts.keys())
    for (const topic of owners.held(m).keys()) fewest[m] = Math.min(fewest[m] ?? 0, least[topic] ?? 0);
}

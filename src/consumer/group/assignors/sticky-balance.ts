import type { StickyProblem } from "./sticky-problem.ts";

/** What moving a partition costs: back to where it was, one that is at home nowhere here, and one away from its home. */
const COST = { back: 0, free: 1, away: 100 } as const;

/** A partition that can go from one member to another. */
interface Edge {
  readonly to: number;
  readonly partition: number;
  readonly cost: number;
}

/**
 * Where members subscribe to different topics. Everybody begins with what it had; each partition that is left goes to the member
 * with the fewest that may have it. Then, while a member has at least two more than another and a chain of moves leads from the
 * one to the other, the cheapest chain is made: when there is none, no assignment is better balanced. With `isCautious` a member
 * gives up what it had only where that goes straight to the one with fewer: a longer chain stops more than it evens out.
 */
export function assignBalanced(problem: StickyProblem, isCautious: boolean): readonly number[] {
  const { members, eligible, home, isNear } = problem;
  const holder = [...home];
  const counts = members.map(() => 0);
  for (const m of holder) if (m >= 0) counts[m] = (counts[m] ?? 0) + 1;
  holder.forEach((m, p) => {
    if (m >= 0) return;
    let best = -1;
    for (const candidate of eligible[p] ?? []) {
      const difference = best < 0 ? -1 : (counts[candidate] ?? 0) - (counts[best] ?? 0);
      if (difference < 0 || (difference === 0 && isNear(candidate, p) && !isNear(best, p))) best = candidate;
    }
    if (best < 0) return;
    holder[p] = best;
    counts[best] = (counts[best] ?? 0) + 1;
  });
  while (improve(problem, holder, counts, isCautious));
  return holder;
}

/** Makes one chain of moves from a member with many to one with few; answers whether there was one. */
function improve(problem: StickyProblem, holder: number[], counts: number[], isCautious: boolean): boolean {
  const edges = edgesOf(problem, holder);
  const sources = [...counts.keys()].sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0) || a - b);
  const fewest = Math.min(...counts);
  for (const source of sources) {
    if ((counts[source] ?? 0) < fewest + 2) return false;
    const { distance, via } = cheapest(edges, source);
    let target = -1;
    for (const m of counts.keys()) {
      if (distance[m] === undefined || (counts[m] ?? 0) + 2 > (counts[source] ?? 0)) continue;
      if (isCautious && distance[m] >= COST.away && via[m]?.from !== source) continue;
      const difference = target < 0 ? -1 : (counts[m] ?? 0) - (counts[target] ?? 0) || (distance[m] ?? 0) - (distance[target] ?? 0);
      if (difference < 0) target = m;
    }
    if (target < 0) continue;
    counts[source] = (counts[source] ?? 0) - 1;
    counts[target] = (counts[target] ?? 0) + 1;
    for (let m = target; m !== source; ) {
      const step = via[m];
      if (step === undefined) break;
      holder[step.partition] = m;
      m = step.from;
    }
    return true;
  }
  return false;
}

/** For each member where its partitions could go: for each topic the cheapest partition to each member. */
function edgesOf({ members, partitions, eligible, home }: StickyProblem, holder: readonly number[]): readonly (readonly Edge[])[] {
  const best: Map<string, Edge>[] = members.map(() => new Map<string, Edge>());
  const offer = (from: number, topic: string, edge: Edge): void => {
    const key = `${edge.to}/${edge.cost}/${topic}`;
    if (best[from]?.has(key) === false) best[from].set(key, edge);
  };
  const seen = new Set<string>();
  holder.forEach((from, p) => {
    const topic = partitions[p]?.topic ?? "";
    const at = home[p] ?? -1;
    const cost = at === from ? COST.away : COST.free;
    if (at >= 0 && at !== from) offer(from, topic, { to: at, partition: p, cost: COST.back });
    const key = `${from}/${cost}/${topic}`;
    if (seen.has(key)) return; // another of the same topic at the same cost leads nowhere else
    seen.add(key);
    for (const to of eligible[p] ?? []) if (to !== from) offer(from, topic, { to, partition: p, cost });
  });
  return best.map((edges) => [...edges.values()]);
}

interface Step {
  readonly from: number;
  readonly partition: number;
}

/** The cheapest chains from one member to all others. */
function cheapest(edges: readonly (readonly Edge[])[], source: number): { readonly distance: readonly (number | undefined)[]; readonly via: readonly (Step | undefined)[] } {
  const distance: (number | undefined)[] = edges.map(() => undefined);
  const via: (Step | undefined)[] = edges.map(() => undefined);
  distance[source] = 0;
  const open = new Set([source]);
  while (open.size > 0) {
    let from = -1;
    for (const m of open) if (from < 0 || (distance[m] ?? 0) < (distance[from] ?? 0)) from = m;
    open.delete(from);
    for (const { to, partition, cost } of edges[from] ?? []) {
      const along = (distance[from] ?? 0) + cost;
      if (distance[to] !== undefined && distance[to] <= along) continue;
      distance[to] = along;
      via[to] = { from, partition };
      open.add(to);
    }
  }
  return { distance, via };
}

import type { Steps } from "./steps.ts";
import type { StickyProblem } from "./sticky-problem.ts";

/**
 * For members that all subscribe to the same topics: each keeps the partitions that it had up to its share, and the
 * rest is dealt out. All members end with the same number, or one more; those that had more than the smaller share are
 * the first to keep one more.
 */
export function* assignUniform({
  members,
  partitions,
  home,
  hasRacks,
  isNear,
}: StickyProblem): Steps<readonly number[]> {
  const holder = partitions.map(() => -1);
  const share = Math.floor(partitions.length / members.length);
  let extra = partitions.length % members.length;
  const counts = members.map(() => 0);
  const take = (m: number, p: number): void => {
    if (counts[m] === share) extra--;
    counts[m] = (counts[m] ?? 0) + 1;
    holder[p] = m;
  };
  const hasRoom = (m: number): boolean => (counts[m] ?? 0) < share || (counts[m] === share && extra > 0);
  const owned: number[][] = members.map(() => []);
  for (const [p, m] of home.entries()) owned[m]?.push(p);
  for (const [m, list] of owned.entries()) {
    // Partitions in the member's rack are kept first.
    if (hasRacks) list.sort((a, b) => Number(isNear(m, b)) - Number(isNear(m, a)) || a - b);
    for (const p of list) if (hasRoom(m)) take(m, p);
    yield;
  }
  let at = 0;
  for (const isNearOnly of hasRacks ? [true, false] : [false]) {
    for (let p = 0; p < holder.length; p++) {
      if (holder[p] !== -1) continue;
      for (let tried = 0; tried < members.length; tried++) {
        const m = (at + tried) % members.length;
        if (!hasRoom(m) || (isNearOnly && !isNear(m, p))) continue;
        take(m, p);
        at = (m + 1) % members.length;
        break;
      }
      if (p % 16 === 0) yield;
    }
  }
  return holder;
}

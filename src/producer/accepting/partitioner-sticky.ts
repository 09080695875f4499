/** In place of a number of waiting batches: the partition is not to be chosen. */
export const UNAVAILABLE = -1;

/**
 * The partition that keyless records go to next. The more batches wait for a partition, the less likely it is: a slow
 * broker gets less (KIP-794). Where none is available, any may be it: records wait for a leader then.
 *
 * @param waiting how many batches wait for each partition, or {@link UNAVAILABLE}; the same number for all makes it
 * uniform
 * @param random 0 to 1, 1 excluded
 */
export function stickyPartition(waiting: ArrayLike<number>, random: number): number {
  let longest = -1;
  for (let i = 0; i < waiting.length; i++) if ((waiting[i] ?? 0) > longest) longest = waiting[i] ?? 0;
  if (longest < 0) return Math.floor(random * waiting.length);
  let total = 0;
  for (let i = 0; i < waiting.length; i++) total += weight(waiting[i], longest);
  let at = Math.floor(random * total);
  for (let i = 0; i < waiting.length; i++) {
    at -= weight(waiting[i], longest);
    if (at < 0) return i;
  }
  return 0;
}

function weight(waiting: number | undefined, longest: number): number {
  return waiting === undefined || waiting < 0 ? 0 : longest + 1 - waiting;
}

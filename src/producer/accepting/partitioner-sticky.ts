/** Stands for the number of waiting batches of a partition that must not be chosen. */
export const UNAVAILABLE = -1;

/**
 * Returns the partition that records without a key go to next. The more batches wait for a partition, the less likely
 * it is chosen, so a slow broker gets fewer records (KIP-794). If no partition is available, any may be chosen: the
 * records then wait for a leader.
 *
 * @param waiting how many batches wait for each partition, or {@link UNAVAILABLE}; equal numbers make the choice
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

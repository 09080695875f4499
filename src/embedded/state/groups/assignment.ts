/** Partitions by topic id. */
export type Assignment = ReadonlyMap<string, ReadonlySet<number>>;

/** The partitions of a member by topic id, each with the epoch in which it was assigned (KIP-1251). */
export type Held = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** Partitions as requests and responses list them. */
export interface ListedPartitions {
  readonly topicId: string;
  readonly partitions: readonly number[];
}

/** No partitions. */
export const NOTHING: ReadonlyMap<string, never> = new Map<string, never>();

/** Lists partitions as in responses. */
export function listed(held: ReadonlyMap<string, { keys(): Iterable<number> }>): ListedPartitions[] {
  return [...held].map(([topicId, partitions]) => ({
    topicId,
    partitions: [...partitions.keys()].sort((a, b) => a - b),
  }));
}

/** The epoch in which a partition was assigned; undefined if it was not. */
export function epochOf(held: Held, topicId: string, partition: number): number | undefined {
  return held.get(topicId)?.get(partition);
}

/** Whether there is no partition. */
export function isEmpty(held: ReadonlyMap<string, { readonly size: number }>): boolean {
  for (const { size } of held.values()) if (size > 0) return false;
  return true;
}

/** Whether both contain the same partitions, ignoring epochs. */
export function isSame(a: Held, b: Held): boolean {
  return isWithin(listed(a), b) && isWithin(listed(b), a);
}

/** Whether all listed partitions are in `held`. */
export function isWithin(list: readonly ListedPartitions[], held: Held): boolean {
  return list.every(({ topicId, partitions }) =>
    partitions.every((partition) => epochOf(held, topicId, partition) !== undefined),
  );
}

/** The partitions that a test accepts; topics without any are left out. */
export function filtered(held: Held, chooses: (topicId: string, partition: number) => boolean): Held {
  const kept = new Map<string, Map<number, number>>();
  for (const [topicId, partitions] of held) {
    const some = [...partitions].filter(([partition]) => chooses(topicId, partition));
    if (some.length > 0) kept.set(topicId, new Map(some));
  }
  return kept;
}

import type { Cursor } from "../partitions/cursor.ts";
import type { Hand } from "../partitions/reading.ts";

/** What a loop has given to the application: of one partition, from this offset on. */
export interface InHand<K, V> {
  readonly cursor: Cursor<K, V>;
  /** The offset of the first record in it. */
  readonly from: number;
}

/**
 * The hand of a loop that gives one thing after the other: what was given is not done until the next is asked for, or
 * it was said to be.
 */
export function oneInHand<K, V>(get: () => InHand<K, V> | undefined): Hand<K, V> {
  return {
    holds: (cursor) => get()?.cursor === cursor,
    doneTo: (cursor) => {
      const inHand = get();
      return inHand?.cursor === cursor ? Math.max(inHand.from, cursor.progress.processedTo) : undefined;
    },
  };
}

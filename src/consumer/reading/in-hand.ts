import type { Cursor } from "../partitions/cursor.ts";
import type { Hand } from "../partitions/reading.ts";

/** The item in progress of a loop: records of one partition from this offset on. */
export interface InHand<K, V> {
  readonly cursor: Cursor<K, V>;
  /** The offset of its first record. */
  readonly from: number;
}

/**
 * The records in progress of a loop that delivers one item at a time. The item counts as processed when the next one is
 * asked for, or when it was marked as processed.
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

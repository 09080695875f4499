import type { Batch } from "../../records/batch.ts";
import type { Cursor } from "./cursor.ts";

/** A batch for the application, and the partition that it came from. */
export interface Handout<K, V> {
  readonly cursor: Cursor<K, V>;
  readonly batch: Batch<K, V>;
  /** The cursor's generation when it was handed out: another one, and nobody wants the batch any more. */
  readonly generation: number;
}

/**
 * What the application has in hand: it got it, and is not done with it. Looked at only by who commits or gives
 * partitions back.
 */
export interface Hand<K, V> {
  /** Whether the application is at work on something of this partition. */
  holds(cursor: Cursor<K, V>): boolean;
  /**
   * The offset up to which everything of this partition is done; undefined where nothing is in hand, so that all up to
   * its position is.
   */
  doneTo(cursor: Cursor<K, V>): number | undefined;
}

/** A loop of the application's, as others see it. */
export interface Reading<K, V> {
  readonly hand: Hand<K, V>;
  /** Whether the application waits for more here: it has nothing to do. */
  readonly isAsking: boolean;
  /** Whether it hands records to callbacks. */
  readonly isRun: boolean;
  /** Changes as long as the application gets on. */
  progress(): number;
  /** Whether the application is at work on what this loop gave it, callbacks that are `excused` apart. */
  isBusy(excused: ReadonlySet<unknown>): boolean;
}

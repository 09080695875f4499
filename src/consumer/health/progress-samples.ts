import type { Cursor } from "../partitions/cursor.ts";
import type { Reading } from "../partitions/reading.ts";

/** The progress of a loop, or of a partition of `run`, at the time of a look. */
interface Sample {
  readonly of: unknown;
  readonly value: number;
  readonly sinceMs: number;
}

/**
 * When loops and partitions were last seen to make progress. It only compares what it sees in each look with what it
 * saw in the one before, so that delivering records costs nothing for it. It may see a stall late by the time between
 * two looks, never early.
 */
export class ProgressSamples<K, V> {
  #before = new Map<unknown, Sample>();
  #now = new Map<unknown, Sample>();

  /** Begins a look. Whatever is not looked at in it is forgotten. */
  begin(): void {
    this.#before = this.#now;
    this.#now = new Map();
  }

  /** Since when the loop has made no progress (monotonic ms); undefined while it waits for records. */
  busySinceMs(loop: Reading<K, V>, cursors: Iterable<Cursor<K, V>>, nowMs: number): number | undefined {
    const { sinceMs } = loop.isAsking ? this.#see(loop, undefined, 0, nowMs) : this.#seeBusy(loop, cursors, nowMs);
    return loop.isAsking ? undefined : sinceMs;
  }

  /** Since when the lowest unprocessed record of a partition in a `run` is the same (monotonic ms). */
  recordSinceMs(loop: Reading<K, V>, cursor: Cursor<K, V>, nowMs: number): number {
    return this.#see(cursor, loop, loop.hand.doneTo(cursor) ?? -1, nowMs).sinceMs;
  }

  /** The time of the look in which a condition was first seen, if it has been seen in each look since. */
  firstSeenMs(condition: string, nowMs: number): number {
    return this.#see(condition, undefined, 0, nowMs).sinceMs;
  }

  /**
   * The progress of a loop is a number of all loops of the consumer. One that delivers single records has a record in
   * progress, which tells more.
   */
  #seeBusy(loop: Reading<K, V>, cursors: Iterable<Cursor<K, V>>, nowMs: number): Sample {
    if (!loop.isRun)
      for (const cursor of cursors) if (loop.hand.holds(cursor)) return this.#see(loop, cursor, cursor.position, nowMs);
    return this.#see(loop, loop, loop.progress(), nowMs);
  }

  #see(key: unknown, of: unknown, value: number, nowMs: number): Sample {
    const before = this.#now.get(key) ?? this.#before.get(key);
    const sample =
      before !== undefined && before.of === of && before.value === value ? before : { of, value, sinceMs: nowMs };
    this.#now.set(key, sample);
    return sample;
  }
}

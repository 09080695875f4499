import type { Clock } from "../../../runtime/async-runtime.ts";
import { DeadlineEntry, type DeadlineWheel } from "../../../runtime/deadline-wheel.ts";
import type { Lane } from "./lane.ts";

/** A record or batch whose callback failed, and which waits for its next try. */
export class Retry<K, V, T> extends DeadlineEntry {
  readonly lane: Lane<K, V, T>;
  readonly item: T;
  /** The number of the next try, from 2. */
  readonly attempt: number;
  /**
   * The number of its first callback in this run. It stays the same, so that a long retry counts for maxPollIntervalMs
   * like a long callback.
   */
  readonly number: number;
  isDue = false;
  readonly #generation: number;
  readonly #wake: () => void;

  constructor(lane: Lane<K, V, T>, item: T, attempt: number, number: number, wake: () => void) {
    super();
    this.lane = lane;
    this.item = item;
    this.attempt = attempt;
    this.number = number;
    this.#generation = lane.cursor.generation;
    this.#wake = wake;
  }

  /**
   * The partition was revoked, or its position was moved: the record is read again by the next owner, or is no longer
   * wanted.
   */
  get isStale(): boolean {
    return this.lane.cursor.isGone || this.lane.cursor.generation !== this.#generation;
  }

  /** Its wait is over, and its partition may be delivered. */
  get mayStart(): boolean {
    return this.isDue && !this.lane.cursor.isPaused;
  }

  override onDeadline(): void {
    this.isDue = true;
    this.#wake();
  }
}

/** The retries that a run waits for. A paused partition's record stays here until the partition is resumed. */
export class Retries<K, V, T> {
  readonly #deadlines: DeadlineWheel;
  readonly #clock: Clock;
  readonly #wake: () => void;
  readonly #waiting = new Set<Retry<K, V, T>>();

  /** Calls `wake` when the wait of a retry is over. */
  constructor(deadlines: DeadlineWheel, clock: Clock, wake: () => void) {
    this.#deadlines = deadlines;
    this.#clock = clock;
    this.#wake = wake;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Whether a retry may start now. */
  get hasDue(): boolean {
    for (const retry of this.#waiting) if (retry.mayStart) return true;
    return false;
  }

  /**
   * The lowest number of the retries whose partitions are delivered; Infinity for none. A partition that the
   * application paused may wait for any time.
   */
  get oldest(): number {
    let oldest = Infinity;
    for (const { lane, number } of this.#waiting)
      if (!lane.cursor.isPaused && !lane.cursor.isGone) oldest = Math.min(oldest, number);
    return oldest;
  }

  /** Adds a retry. Records that must come after it do not start before it. */
  add(lane: Lane<K, V, T>, item: T, attempt: number, number: number, waitMs: number): void {
    const retry = new Retry(lane, item, attempt, number, this.#wake);
    this.#waiting.add(retry);
    lane.waits();
    this.#deadlines.add(retry, this.#clock.monotonic() + waitMs);
  }

  /** The next retry that may start. Its lane counts it as waiting until {@link Lane.resumes}. */
  take(): Retry<K, V, T> | undefined {
    for (const retry of this.#waiting) {
      if (!retry.mayStart) continue;
      this.#waiting.delete(retry);
      return retry;
    }
    return undefined;
  }

  /** Drops retries whose partition was revoked or sought. Returns whether there were any. */
  dropStale(): boolean {
    let isAny = false;
    for (const retry of this.#waiting) {
      if (!retry.isStale) continue;
      this.#drop(retry);
      isAny = true;
    }
    return isAny;
  }

  /** The run is over: drops all retries. Their records are not committed, and are read again. */
  clear(): void {
    for (const retry of this.#waiting) this.#drop(retry);
  }

  #drop(retry: Retry<K, V, T>): void {
    this.#waiting.delete(retry);
    this.#deadlines.remove(retry);
    retry.lane.stopsWaiting();
  }
}

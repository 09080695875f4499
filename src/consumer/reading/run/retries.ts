import type { Clock } from "../../../runtime/async-runtime.ts";
import { DeadlineEntry, type DeadlineWheel } from "../../../runtime/deadline-wheel.ts";
import type { Lane } from "./lane.ts";

/** A record, or a batch, whose callback failed, and that waits for its next try. */
export class Retry<K, V, T> extends DeadlineEntry {
  readonly lane: Lane<K, V, T>;
  readonly item: T;
  /** The number of the next try, from 2. */
  readonly attempt: number;
  /**
   * The number of its first callback in this run. It stays the same,
   * so a long retry looks to maxPollIntervalMs like a long callback.
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
   * The partition is another member's, or its position was moved:
   * the record comes again to the next reader, or nobody wants it.
   */
  get isStale(): boolean {
    return this.lane.cursor.isGone || this.lane.cursor.generation !== this.#generation;
  }

  /** Its time has come, and nothing keeps its partition from being delivered. */
  get mayStart(): boolean {
    return this.isDue && !this.lane.cursor.isPaused;
  }

  override onDeadline(): void {
    this.isDue = true;
    this.#wake();
  }
}

/** What a run waits with between two tries. A paused partition's record stays here until the partition is resumed. */
export class Retries<K, V, T> {
  readonly #deadlines: DeadlineWheel;
  readonly #clock: Clock;
  readonly #wake: () => void;
  readonly #waiting = new Set<Retry<K, V, T>>();

  /** `wake`: the time of one has come. */
  constructor(deadlines: DeadlineWheel, clock: Clock, wake: () => void) {
    this.#deadlines = deadlines;
    this.#clock = clock;
    this.#wake = wake;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Whether one may start now. */
  get hasDue(): boolean {
    for (const retry of this.#waiting) if (retry.mayStart) return true;
    return false;
  }

  /**
   * The lowest number of those whose partitions are delivered; Infinity for none.
   * A partition that the application paused may wait for as long as it likes.
   */
  get oldest(): number {
    let oldest = Infinity;
    for (const { lane, number } of this.#waiting)
      if (!lane.cursor.isPaused && !lane.cursor.isGone) oldest = Math.min(oldest, number);
    return oldest;
  }

  /** Nothing that must come after it starts before its wait is over. */
  add(lane: Lane<K, V, T>, item: T, attempt: number, number: number, waitMs: number): void {
    const retry = new Retry(lane, item, attempt, number, this.#wake);
    this.#waiting.add(retry);
    lane.waits();
    this.#deadlines.add(retry, this.#clock.monotonic() + waitMs);
  }

  /** The next that may start; its lane counts it as waiting until {@link Lane.resumes}. */
  take(): Retry<K, V, T> | undefined {
    for (const retry of this.#waiting) {
      if (!retry.mayStart) continue;
      this.#waiting.delete(retry);
      return retry;
    }
    return undefined;
  }

  /** Ends the waits for records whose partition has gone, or was sought. Returns whether there were any. */
  dropStale(): boolean {
    let isAny = false;
    for (const retry of this.#waiting) {
      if (!retry.isStale) continue;
      this.#drop(retry);
      isAny = true;
    }
    return isAny;
  }

  /** The run is over: ends every wait. The records are not committed, and come again. */
  clear(): void {
    for (const retry of this.#waiting) this.#drop(retry);
  }

  #drop(retry: Retry<K, V, T>): void {
    this.#waiting.delete(retry);
    this.#deadlines.remove(retry);
    retry.lane.stopsWaiting();
  }
}

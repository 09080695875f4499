import type { KafkaError } from "../../../errors/kafka-error.ts";
import type { Batch } from "../../../records/batch.ts";
import type { KafkaRecord } from "../../../records/record.ts";
import type { Cursor } from "../../partitions/cursor.ts";
import type { Poison } from "../../partitions/poison.ts";
import { Unfinished } from "./unfinished.ts";

/** One partition's part in a run: what of it may start, what is at work, and up to where all is done. */
export abstract class Lane<K, V, T> {
  readonly cursor: Cursor<K, V>;
  /** Callbacks at work, and those that wait for their next try. */
  running = 0;
  /** Those of them that wait for their next try. */
  #retrying = 0;
  /** What a callback gets. */
  abstract readonly what: "record" | "batch";
  /** Whether more than one callback of it may be at work. */
  readonly isWide: boolean = false;
  /** What cannot be read is being dealt with: nothing starts. */
  isBlocked = false;
  protected readonly unfinished: Unfinished = new Unfinished();
  /** What a callback that has not returned yet works on; −1 for none. */
  #current = -1;
  #generation = -1;

  constructor(cursor: Cursor<K, V>) {
    this.cursor = cursor;
  }

  /** Rises with each seek: what was started before does not count any more. */
  get generation(): number {
    return this.#generation;
  }

  /** Whether nothing is at work and nothing waits here. */
  get isIdle(): boolean {
    return this.running === 0 && this.unfinished.size === 0 && !this.hasBatch && !this.isBlocked;
  }

  /** Whether a batch is open. */
  get hasWork(): boolean {
    return this.hasBatch;
  }

  get isInHand(): boolean {
    return this.running > this.#retrying || this.#current !== -1;
  }

  /** The offset up to which all is done; undefined where that is the cursor's position. */
  get doneTo(): number | undefined {
    if (this.#isStale) return undefined;
    const lowest = this.unfinished.lowest ?? (this.#current === -1 ? undefined : this.#current);
    return lowest === undefined ? undefined : this.furthest(lowest);
  }

  get #isStale(): boolean {
    return this.cursor.generation !== this.#generation;
  }

  /**
   * The next batch, of which records are read one after the other; without those that were `passed` over. Throws where
   * it cannot be read.
   */
  give(batch: Batch<K, V>, generation: number, passed?: ReadonlySet<number>): void {
    if (this.#generation !== generation) {
      this.clear();
      this.unfinished.clear();
      this.#generation = generation;
    }
    this.cursor.claim(this);
    this.open(batch, passed);
  }

  /** What may start now. Throws where a record cannot be read. */
  next(): T | undefined {
    if (this.isBlocked) return undefined; // also after a seek: the partition stays this lane's until that is done
    if (this.#isStale) {
      this.clear();
      this.unfinished.clear();
      this.#free();
      return undefined;
    }
    if (this.cursor.isPaused) return undefined;
    const item = this.take();
    if (!this.hasBatch) this.#free();
    return item;
  }

  /** What is left of the open batch cannot be read: whether it is dropped, and fetched once more. */
  isFetchedAgain(
    fetcher: { isFetchedAgain(cursor: Cursor<K, V>, batch: Batch<K, V>, error: KafkaError): boolean },
    error: KafkaError,
  ): boolean {
    const { openBatch } = this;
    if (openBatch === undefined || this.#isStale || !fetcher.isFetchedAgain(this.cursor, openBatch, error))
      return false;
    this.leaveBatch();
    this.#free();
    return true;
  }

  /** The callback is being called. */
  begins(offset: number): void {
    this.#current = offset;
  }

  /** The callback came back at once. */
  ended(item: T): void {
    this.#current = -1;
    this.finished(item);
  }

  /** The callback takes its time, or has thrown: it is not done. */
  goesOn(offset: number): void {
    this.#current = -1;
    this.stays(offset);
  }

  /**
   * A callback failed, and is called again later: nothing that
   * must come after it starts, and nothing of it is at work.
   */
  waits(): void {
    this.running++;
    this.#retrying++;
  }

  /** The callback is about to be called again: from now on its record is at work. */
  resumes(): void {
    this.#retrying--;
  }

  /** The callback will not be called again by this run. */
  stopsWaiting(): void {
    this.resumes();
    this.running--;
  }

  /** The run is over: what was not done is the next again. */
  leave(): void {
    this.#free();
    if (this.#isStale || this.isIdle) return;
    const position = this.doneTo ?? this.cursor.position;
    this.cursor.moveTo(position, this.cursor.epochBefore(position));
  }

  #free(): void {
    this.cursor.release(this);
  }

  protected abstract get hasBatch(): boolean;
  protected abstract get openBatch(): Batch<K, V> | undefined;
  /** Nothing more is taken from the open batch; what was taken goes on. */
  protected abstract leaveBatch(): void;
  protected abstract open(batch: Batch<K, V>, passed: ReadonlySet<number> | undefined): void;
  protected abstract take(): T | undefined;
  protected abstract clear(): void;
  /** Up to where all is done if `lowest` is the lowest that is not finished. */
  protected abstract furthest(lowest: number): number;
  /** What was started is not finished yet. */
  protected abstract stays(offset: number): void;
  /** What {@link next} threw an error for. Undefined where batches are looked through before they are given. */
  abstract poison(error: KafkaError): Poison | undefined;
  /** It was dealt with. */
  abstract passed(poison: Poison): void;
  abstract finished(item: T): void;
  abstract offsetOf(item: T): number;
  abstract lastOffsetOf(item: T): number;
  /** Its records: of a record itself. */
  abstract recordsOf(item: T): Iterable<KafkaRecord<K, V>>;
}

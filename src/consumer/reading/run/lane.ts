import type { KafkaError } from "../../../errors/kafka-error.ts";
import type { Batch } from "../../../records/batch.ts";
import type { KafkaRecord } from "../../../records/record.ts";
import type { Cursor } from "../../partitions/cursor.ts";
import type { Poison } from "../../partitions/poison.ts";
import { Unfinished } from "./unfinished.ts";

/**
 * One partition's part in a run: the items that may start, those that are running, and the offset up to which all is
 * processed.
 */
export abstract class Lane<K, V, T> {
  readonly cursor: Cursor<K, V>;
  /** The number of callbacks that are running or wait for a retry. */
  running = 0;
  /** The number of them that wait for a retry. */
  #retrying = 0;
  /** The kind of item that a callback gets. */
  abstract readonly what: "record" | "batch";
  /** Whether several callbacks of it may run at a time. */
  readonly isWide: boolean = false;
  /** An unreadable item is being handled: nothing starts. */
  isBlocked = false;
  protected readonly unfinished: Unfinished = new Unfinished();
  /** The offset of the callback that is being called; −1 for none. */
  #current = -1;
  #generation = -1;

  constructor(cursor: Cursor<K, V>) {
    this.cursor = cursor;
  }

  /** Increases with each seek: items that were started before do not count any more. */
  get generation(): number {
    return this.#generation;
  }

  /** Whether nothing is running or waiting. */
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

  /** The offset up to which all is processed; undefined if it is the cursor's position. */
  get doneTo(): number | undefined {
    if (this.#isStale) return undefined;
    const lowest = this.unfinished.lowest ?? (this.#current === -1 ? undefined : this.#current);
    return lowest === undefined ? undefined : this.furthest(lowest);
  }

  get #isStale(): boolean {
    return this.cursor.generation !== this.#generation;
  }

  /** Gives the lane its next batch, without the records that were `passed` (skipped). Throws if it cannot be read. */
  give(batch: Batch<K, V>, generation: number, passed?: ReadonlySet<number>): void {
    if (this.#generation !== generation) {
      this.clear();
      this.unfinished.clear();
      this.#generation = generation;
    }
    this.cursor.claim(this);
    this.open(batch, passed);
  }

  /** The next item that may start. Throws if a record cannot be read. */
  next(): T | undefined {
    if (this.isBlocked) return undefined; // also after a seek: the partition stays with this lane until that is done
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

  /** The rest of the open batch cannot be read. Returns whether it is dropped and fetched once more. */
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

  /** The callback is called now. */
  begins(offset: number): void {
    this.#current = offset;
  }

  /** The callback has returned without a promise. */
  ended(item: T): void {
    this.#current = -1;
    this.finished(item);
  }

  /** The callback has returned a promise or thrown: its item is not processed yet. */
  goesOn(offset: number): void {
    this.#current = -1;
    this.stays(offset);
  }

  /**
   * A callback failed and will be called again. Items that must come after it do not start, and it does not count as
   * running.
   */
  waits(): void {
    this.running++;
    this.#retrying++;
  }

  /** The callback is called again: from now on its record is in progress. */
  resumes(): void {
    this.#retrying--;
  }

  /** This run will not call it again. */
  stopsWaiting(): void {
    this.resumes();
    this.running--;
  }

  /** The run is over: unprocessed items are read again. */
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
  /** Takes nothing more from the open batch; items that were taken continue. */
  protected abstract leaveBatch(): void;
  protected abstract open(batch: Batch<K, V>, passed: ReadonlySet<number> | undefined): void;
  protected abstract take(): T | undefined;
  protected abstract clear(): void;
  /** The offset up to which all is processed if `lowest` is the lowest unfinished one. */
  protected abstract furthest(lowest: number): number;
  /** The started item is not finished yet. */
  protected abstract stays(offset: number): void;
  /**
   * The unreadable item for which {@link next} has thrown. Undefined for batches, which are checked before they are
   * given.
   */
  abstract poison(error: KafkaError): Poison | undefined;
  /** Called when the unreadable item was handled. */
  abstract passed(poison: Poison): void;
  abstract finished(item: T): void;
  abstract offsetOf(item: T): number;
  abstract lastOffsetOf(item: T): number;
  /** The records of the item. */
  abstract recordsOf(item: T): Iterable<KafkaRecord<K, V>>;
}

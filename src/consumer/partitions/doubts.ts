import type { Batch } from "../../records/batch.ts";

/**
 * What of a partition came damaged. The first time it may have happened on the way: it is fetched once more, from the
 * leader. The second time it is damaged in the log.
 */
export class Doubts<K, V> {
  /** Offsets of batches that were damaged when they came first. */
  #offsets: number[] = [];
  #damaged: Batch<K, V> | undefined;
  #isDoubted = false;
  #isFetchedAlone = false;

  /** What came last was damaged: the next fetch goes to the leader, and comes from no cache. */
  get isDoubted(): boolean {
    return this.#isDoubted;
  }

  /** And it asks for nothing else, so that its first batch comes whole. */
  get isFetchedAlone(): boolean {
    return this.#isFetchedAlone;
  }

  /** Whether the batch at this offset has been in doubt before. */
  has(offset: number): boolean {
    return this.#offsets.includes(offset);
  }

  /** Doubts a batch; returns whether that is the first time. Doubts below the position are of no use any more. */
  add(offset: number, position: number): boolean {
    this.#offsets = this.#offsets.filter((doubted) => doubted >= position);
    if (this.#offsets.includes(offset)) return false;
    this.#offsets.push(offset);
    return true;
  }

  /** The next fetch is the second one for what was damaged. */
  fetchAgain(isAlone: boolean): void {
    this.#isDoubted = true;
    this.#isFetchedAlone = isAlone;
  }

  /** A response came. */
  answered(): void {
    this.#isDoubted = false;
    this.#isFetchedAlone = false;
  }

  /** This batch came damaged twice. */
  condemn(batch: Batch<K, V> | undefined): void {
    this.#damaged = batch;
  }

  isCondemned(batch: Batch<K, V>): boolean {
    return batch === this.#damaged;
  }

  /** The position is another: what was damaged elsewhere says nothing about it. */
  clear(): void {
    this.#offsets = [];
    this.#damaged = undefined;
    this.answered();
  }
}

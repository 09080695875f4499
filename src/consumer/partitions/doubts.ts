import type { Batch } from "../../records/batch.ts";

/**
 * Damage in a partition's responses. The first time it may have happened on the network, so the batch is fetched once
 * more, from the leader. The second time it is in the partition's log.
 */
export class Doubts<K, V> {
  /** Offsets of batches that were damaged the first time. */
  #offsets: number[] = [];
  #damaged: Batch<K, V> | undefined;
  #isDoubted = false;
  #isFetchedAlone = false;

  /** The last response was damaged: the next fetch goes to the leader and bypasses caches. */
  get isDoubted(): boolean {
    return this.#isDoubted;
  }

  /** The next fetch asks for nothing else, so that its first batch comes whole. */
  get isFetchedAlone(): boolean {
    return this.#isFetchedAlone;
  }

  /** Whether the batch at this offset has been in doubt before. */
  has(offset: number): boolean {
    return this.#offsets.includes(offset);
  }

  /** Doubts a batch. Returns whether that is the first time. Forgets doubts below the position. */
  add(offset: number, position: number): boolean {
    this.#offsets = this.#offsets.filter((doubted) => doubted >= position);
    if (this.#offsets.includes(offset)) return false;
    this.#offsets.push(offset);
    return true;
  }

  /** The next fetch is the second one for the damaged batch. */
  fetchAgain(isAlone: boolean): void {
    this.#isDoubted = true;
    this.#isFetchedAlone = isAlone;
  }

  /** A response arrived. */
  answered(): void {
    this.#isDoubted = false;
    this.#isFetchedAlone = false;
  }

  /** This batch was damaged twice. */
  condemn(batch: Batch<K, V> | undefined): void {
    this.#damaged = batch;
  }

  isCondemned(batch: Batch<K, V>): boolean {
    return batch === this.#damaged;
  }

  /** The position has changed: doubts at other offsets do not concern it. */
  clear(): void {
    this.#offsets = [];
    this.#damaged = undefined;
    this.answered();
  }
}

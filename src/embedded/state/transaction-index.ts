/** An aborted transaction, as consumers get it. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
  /** The offset of its marker. */
  readonly lastOffset: number;
}

interface Ended {
  readonly firstOffset: number;
  readonly lastOffset: number;
}

/**
 * The transactions of one partition: which are open, and which were aborted and where. From these follows how far
 * `read_committed` may read.
 */
export class TransactionIndex {
  /** The first offset of each open transaction, by producer id, in the order of these offsets. */
  readonly #open = new Map<number, number>();
  /** Ended transactions whose marker may not be on all replicas yet. Until then they count as open. */
  #unreplicated: Ended[] = [];
  #aborted: AbortedTransaction[] = [];

  /** A producer wrote the first batch of a transaction. */
  began(producerId: number, firstOffset: number): void {
    this.#open.set(producerId, firstOffset);
  }

  /** The marker of a transaction that wrote something was appended. */
  ended(producerId: number, markerOffset: number, isCommit: boolean): void {
    const firstOffset = this.#open.get(producerId);
    if (firstOffset === undefined) return;
    this.#open.delete(producerId);
    this.#unreplicated.push({ firstOffset, lastOffset: markerOffset });
    if (!isCommit) this.#aborted.push({ producerId, firstOffset, lastOffset: markerOffset });
  }

  /**
   * The offset below which every transaction is decided and its marker is on all replicas: `read_committed` may read up
   * to it.
   */
  lastStableOffset(highWatermark: number): number {
    if (this.#unreplicated.length > 0)
      this.#unreplicated = this.#unreplicated.filter(({ lastOffset }) => lastOffset >= highWatermark);
    const [first = highWatermark] = this.#open.values(); // the first one has the lowest offset
    return this.#unreplicated.reduce(
      (lowest, { firstOffset }) => Math.min(lowest, firstOffset),
      Math.min(first, highWatermark),
    );
  }

  /** The aborted transactions that overlap the offsets from `start` up to `end`, in the order of their markers. */
  abortedBetween(start: number, end: number): readonly AbortedTransaction[] {
    let from = this.#aborted.length;
    while (from > 0 && (this.#aborted[from - 1]?.lastOffset ?? -1) >= start) from--;
    return this.#aborted.slice(from).filter(({ firstOffset }) => firstOffset < end);
  }

  /** Forgets transactions that ended before the beginning of the log. */
  deleteBefore(offset: number): void {
    this.#aborted = this.#aborted.filter(({ lastOffset }) => lastOffset >= offset);
  }

  clear(): void {
    this.#open.clear();
    this.#unreplicated = [];
    this.#aborted = [];
  }
}

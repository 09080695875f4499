/** An aborted transaction as a fetch response lists it. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

/** What the filter must know of a batch. */
export interface FilteredBatch {
  readonly baseOffset: number;
  readonly producerId: number;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
}

/**
 * Tells which batches of a fetch response belong to aborted transactions. The broker lists every transaction that
 * overlaps the response, also those that began before it, so one filter serves one response and the next starts anew.
 */
export class AbortedFilter {
  readonly #aborted: readonly AbortedTransaction[];
  readonly #active = new Set<number>();
  #next = 0;

  constructor(aborted: readonly AbortedTransaction[] | null) {
    // Not every broker sorts the list.
    this.#aborted = [...(aborted ?? [])].sort((a, b) => a.firstOffset - b.firstOffset);
  }

  /**
   * Whether the batch's records were aborted. To be asked once for each batch, in order; `isAbortMarker` for control
   * batches.
   */
  isAborted(batch: FilteredBatch, isAbortMarker: boolean): boolean {
    for (
      let next = this.#aborted[this.#next];
      next !== undefined && next.firstOffset <= batch.baseOffset;
      next = this.#aborted[++this.#next]
    )
      this.#active.add(next.producerId);
    if (batch.isControl) {
      if (isAbortMarker) this.#active.delete(batch.producerId);
      return false;
    }
    return batch.isTransactional && this.#active.has(batch.producerId);
  }
}

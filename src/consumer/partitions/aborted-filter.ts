/** An aborted transaction as a fetch response lists it. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

/** The fields of a batch that the filter needs. */
export interface FilteredBatch {
  readonly baseOffset: number;
  readonly producerId: number;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
}

/**
 * Finds the batches of a fetch response that belong to aborted transactions. The broker lists every transaction that
 * overlaps the response, also earlier ones. So each response gets a new filter.
 */
export class AbortedFilter {
  readonly #aborted: readonly AbortedTransaction[];
  readonly #active = new Set<number>();
  #next = 0;

  constructor(aborted: readonly AbortedTransaction[] | null) {
    // Some brokers do not sort the list.
    this.#aborted = [...(aborted ?? [])].sort((a, b) => a.firstOffset - b.firstOffset);
  }

  /**
   * Whether the batch's records were aborted. Call it once for each batch, in order; `isAbortMarker` is for control
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

/** So many changes are remembered: leaders part over the last one or two. */
const MOST_CHANGES = 16;

/**
 * What a leader says of the epochs that were read: the last of them that its log has, or an older one, and where that
 * ends there (KIP-320).
 */
export interface EpochEnd {
  readonly epoch: number;
  readonly endOffset: number;
}

/**
 * In which leader epoch each record of a partition was written, as far as it was read: one entry for each change of
 * epoch, which is rare. Pure.
 */
export class EpochHistory {
  /** Both rise. */
  #changes: { readonly from: number; readonly epoch: number }[] = [];

  /** Forgets all; the record before `offset` is of `epoch`, −1 where that is not known. */
  reset(offset: number, epoch: number): void {
    this.#changes = epoch < 0 ? [] : [{ from: offset - 1, epoch }];
  }

  /** A batch that begins at `from` is of `epoch`. */
  note(from: number, epoch: number): void {
    const last = this.#changes.at(-1);
    if (last !== undefined && epoch === last.epoch) return;
    if (this.#changes.length >= MOST_CHANGES) this.#changes.shift();
    this.#changes.push({ from, epoch });
  }

  /** The records from `offset` on are read again. */
  cutAt(offset: number): void {
    this.#changes = this.#changes.filter(({ from }) => from < offset);
  }

  /**
   * The epoch of the record before `offset`: that which belongs to it as a position (KIP-320). −1 where it is not
   * known.
   */
  before(offset: number): number {
    let epoch = -1;
    for (const change of this.#changes) if (change.from < offset) epoch = change.epoch;
    return epoch;
  }

  /**
   * Up to where what was read can be in the log of a leader that says this. `endOffset` may be further than that epoch
   * goes here: of it more was written than the leader knew whose later epoch was read, and it is back (KIP-279, for
   * followers).
   */
  commonEnd({ epoch, endOffset }: EpochEnd): number {
    return Math.min(endOffset, this.#changes.find((known) => known.epoch > epoch)?.from ?? endOffset);
  }
}

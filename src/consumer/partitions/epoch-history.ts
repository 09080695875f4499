/** The number of epoch changes that are remembered: logs differ only in the last one or two. */
const MOST_CHANGES = 16;

/**
 * A leader's response about the epochs that were read: the last of them that its log has, or an older one, and its end
 * there (KIP-320).
 */
export interface EpochEnd {
  readonly epoch: number;
  readonly endOffset: number;
}

/**
 * The leader epochs of the records of a partition that were read: one entry for each change of epoch, which is rare.
 * Pure.
 */
export class EpochHistory {
  /** Both increase. */
  #changes: { readonly from: number; readonly epoch: number }[] = [];

  /** Forgets everything; the record before `offset` has `epoch`, −1 if it is not known. */
  reset(offset: number, epoch: number): void {
    this.#changes = epoch < 0 ? [] : [{ from: offset - 1, epoch }];
  }

  /** A batch that begins at `from` has `epoch`. */
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

  /** The epoch of the record before `offset`, which belongs to a position (KIP-320). −1 if it is not known. */
  before(offset: number): number {
    let epoch = -1;
    for (const change of this.#changes) if (change.from < offset) epoch = change.epoch;
    return epoch;
  }

  /**
   * The offset up to which our history agrees with a leader whose last common epoch is `epoch`, ending at `endOffset`.
   * `endOffset` may be beyond the end of that epoch here: the leader of the later epoch did not have all its records,
   * and the log that has them is back (KIP-279, for followers).
   */
  commonEnd({ epoch, endOffset }: EpochEnd): number {
    return Math.min(endOffset, this.#changes.find((known) => known.epoch > epoch)?.from ?? endOffset);
  }
}

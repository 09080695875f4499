/** In which leader epoch each record of a partition was written, as far as it was read: one entry for each change of epoch, which is rare. Pure. */
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
    if (last === undefined || epoch !== last.epoch) this.#changes.push({ from, epoch });
  }

  /** The epoch of the record before `offset`: that which belongs to it as a position (KIP-320). −1 where it is not known. */
  before(offset: number): number {
    let epoch = -1;
    for (const change of this.#changes) if (change.from < offset) epoch = change.epoch;
    return epoch;
  }
}

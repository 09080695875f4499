interface EpochStart {
  readonly epoch: number;
  readonly startOffset: number;
}

const NO_EPOCH = -1;

/** Which leader wrote what: the offset at which each leader epoch of a partition began (KIP-101). */
export class LeaderEpochs {
  #starts: EpochStart[] = [];

  /** A leader begins. Epochs that wrote nothing before it are forgotten: no offset belongs to them. */
  begin(epoch: number, startOffset: number): void {
    if (this.#starts.at(-1)?.epoch === epoch) return;
    this.#starts = this.#starts.filter((known) => known.epoch < epoch && known.startOffset < startOffset);
    this.#starts.push({ epoch, startOffset });
  }

  /** The log ends at an offset: epochs that began there or behind it are forgotten. */
  cutAt(endOffset: number): void {
    this.#starts = this.#starts.filter((known) => known.startOffset < endOffset);
  }

  /** The epoch in which the record at an offset was written; −1 where no leader has been yet. */
  epochAt(offset: number): number {
    return this.#starts.filter((known) => known.startOffset <= offset).at(-1)?.epoch ?? -1;
  }

  /**
   * The largest epoch not above `epoch`, and where it ended: what a consumer compares its position with. −1 and −1 for
   * an epoch of the future.
   */
  endOf(epoch: number, logEndOffset: number): { readonly leaderEpoch: number; readonly endOffset: number } {
    if (epoch >= 0 && this.#starts.at(-1)?.epoch === epoch) return { leaderEpoch: epoch, endOffset: logEndOffset };
    const next = this.#starts.find((known) => known.epoch > epoch);
    if (epoch === NO_EPOCH || next === undefined) return { leaderEpoch: -1, endOffset: -1 };
    return {
      leaderEpoch: this.#starts.filter((known) => known.epoch <= epoch).at(-1)?.epoch ?? epoch,
      endOffset: next.startOffset,
    };
  }
}

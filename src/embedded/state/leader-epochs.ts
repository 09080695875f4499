interface EpochStart {
  readonly epoch: number;
  readonly startOffset: number;
}

const NO_EPOCH = -1;

/** The offset at which each leader epoch of a partition began (KIP-101). */
export class LeaderEpochs {
  #starts: EpochStart[] = [];

  /**
   * A new leader epoch begins. Earlier epochs in which nothing was written are forgotten, since no offset belongs to
   * them.
   */
  begin(epoch: number, startOffset: number): void {
    if (this.#starts.at(-1)?.epoch === epoch) return;
    this.#starts = this.#starts.filter((known) => known.epoch < epoch && known.startOffset < startOffset);
    this.#starts.push({ epoch, startOffset });
  }

  /** The log was truncated at an offset: epochs that began there or later are forgotten. */
  cutAt(endOffset: number): void {
    this.#starts = this.#starts.filter((known) => known.startOffset < endOffset);
  }

  /** The epoch in which the record at an offset was written; −1 before the first leader. */
  epochAt(offset: number): number {
    return this.#starts.filter((known) => known.startOffset <= offset).at(-1)?.epoch ?? -1;
  }

  /**
   * The largest epoch that is not above `epoch`, and the offset at which it ended. A consumer compares its position
   * with it. −1 and −1 for an epoch of the future.
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

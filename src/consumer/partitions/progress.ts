/** How far the application has come with a partition, beside the position: what it said, and what is committed. */
export class Progress {
  #processedTo = -1;
  #consumedOffset = -1;
  #consumedTimestamp = -1;
  #committed = -1;

  /** Up to here the application said that it has processed, though it still has a record in hand; −1 otherwise. */
  get processedTo(): number {
    return this.#processedTo;
  }

  /** The record that the application got last; −1 for none. Noted only for `autoOffsetReset: "nearest"`. */
  get consumedOffset(): number {
    return this.#consumedOffset;
  }

  /** Of the same record, in ms since the epoch; −1 for none. */
  get consumedTimestamp(): number {
    return this.#consumedTimestamp;
  }

  /** What is committed for the group, as far as is known; −1 for nothing. */
  get committed(): number {
    return this.#committed;
  }

  /** The application is done with what it has in hand up to `to`. */
  markProcessed(to: number): void {
    this.#processedTo = Math.max(this.#processedTo, to);
  }

  noteConsumed(offset: number, timestamp: number): void {
    this.#consumedOffset = offset;
    this.#consumedTimestamp = timestamp;
  }

  /** The time of the record that was consumed last holds for the position that is found, wherever that is. */
  keepConsumedTime(): void {
    this.#consumedOffset = -1;
  }

  noteCommitted(offset: number): void {
    this.#committed = offset;
  }

  /** Reading goes on elsewhere: what the application said was about another place. */
  moved(): void {
    this.#processedTo = -1;
  }

  /** The topic was deleted and created again: nothing of it was committed or consumed. */
  renewed(): void {
    this.#committed = -1;
    this.#consumedTimestamp = -1;
  }
}

/** How far the application has processed and committed a partition, in addition to the position. */
export class Progress {
  #processedTo = -1;
  #consumedOffset = -1;
  #consumedTimestamp = -1;
  #committed = -1;

  /** The application marked records up to this offset as processed while one of them was in progress; −1 for none. */
  get processedTo(): number {
    return this.#processedTo;
  }

  /** The offset of the last delivered record; −1 for none. Noted only for `autoOffsetReset: "nearest"`. */
  get consumedOffset(): number {
    return this.#consumedOffset;
  }

  /** The timestamp of that record, in ms since the epoch; −1 for none. */
  get consumedTimestamp(): number {
    return this.#consumedTimestamp;
  }

  /** The committed offset of the group, as far as it is known; −1 for none. */
  get committed(): number {
    return this.#committed;
  }

  /** The application has processed the records in progress up to `to`. */
  markProcessed(to: number): void {
    this.#processedTo = Math.max(this.#processedTo, to);
  }

  noteConsumed(offset: number, timestamp: number): void {
    this.#consumedOffset = offset;
    this.#consumedTimestamp = timestamp;
  }

  /** Keeps the time of the last consumed record for the position that is found, whatever that is. */
  keepConsumedTime(): void {
    this.#consumedOffset = -1;
  }

  noteCommitted(offset: number): void {
    this.#committed = offset;
  }

  /** The position has moved: marks for the old position are void. */
  moved(): void {
    this.#processedTo = -1;
  }

  /** The topic was recreated: nothing of it was committed or consumed. */
  renewed(): void {
    this.#committed = -1;
    this.#consumedTimestamp = -1;
  }
}

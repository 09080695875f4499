/** An offset that a group has committed for a partition. */
export interface CommittedOffset {
  /** The name of the topic. */
  readonly topic: string;
  /** The number of the partition, from 0. */
  readonly partition: number;
  /** The committed offset: that of the next record to read. */
  readonly offset: number;
  /** The leader epoch of the last processed record; −1 if none was committed. */
  readonly leaderEpoch: number;
  /** The text that was committed with it; "" for none. */
  readonly metadata: string;
}

interface Numbered {
  readonly committed: CommittedOffset;
  /**
   * The order of writing, like an offset in Kafka's internal topic. The later of two commits counts, even if the
   * earlier one is in a transaction that ends later.
   */
  readonly sequence: number;
  /** When it was committed. */
  readonly atMs: number;
}

/** The offsets of one group: committed ones, and those that wait for the end of a transaction. */
export class CommittedOffsets {
  readonly #offsets = new Map<string, Numbered>();
  /** By producer id, then by partition. */
  readonly #pending = new Map<number, { readonly epoch: number; readonly offsets: Map<string, Numbered> }>();
  #sequence = 0;

  get all(): readonly CommittedOffset[] {
    return [...this.#offsets.values()].map(({ committed }) => committed);
  }

  get isEmpty(): boolean {
    return this.#offsets.size === 0 && this.#pending.size === 0;
  }

  get(topic: string, partition: number): CommittedOffset | undefined {
    return this.#offsets.get(keyOf(topic, partition))?.committed;
  }

  commit(committed: CommittedOffset, atMs = 0): void {
    this.#offsets.set(keyOf(committed.topic, committed.partition), { committed, sequence: this.#sequence++, atMs });
  }

  /** Commits an offset when the producer's transaction commits. */
  commitLater(producerId: number, epoch: number, committed: CommittedOffset, atMs = 0): void {
    let pending = this.#pending.get(producerId);
    if (pending?.epoch !== epoch)
      this.#pending.set(producerId, (pending = { epoch, offsets: pending?.offsets ?? new Map<string, Numbered>() }));
    pending.offsets.set(keyOf(committed.topic, committed.partition), { committed, sequence: this.#sequence++, atMs });
  }

  /** Whether the producer has pending offsets in this epoch. */
  hasPending(producerId: number, epoch: number): boolean {
    return this.#pending.get(producerId)?.epoch === epoch;
  }

  /**
   * Whether an open transaction may commit another offset of the partition. A client that wants only stable offsets
   * must then ask again.
   */
  isUnstable(topic: string, partition: number): boolean {
    const key = keyOf(topic, partition);
    for (const { offsets } of this.#pending.values()) if (offsets.has(key)) return true;
    return false;
  }

  /** A transaction has ended. */
  ended(producerId: number, isCommit: boolean): void {
    const pending = this.#pending.get(producerId);
    this.#pending.delete(producerId);
    if (pending === undefined || !isCommit) return;
    for (const [key, one] of pending.offsets) {
      const known = this.#offsets.get(key);
      if (known === undefined || known.sequence < one.sequence) this.#offsets.set(key, one);
    }
  }

  delete(topic: string, partition: number): void {
    const key = keyOf(topic, partition);
    this.#offsets.delete(key);
    for (const { offsets } of this.#pending.values()) offsets.delete(key);
  }

  /**
   * Forgets the offsets that are due, unless an open transaction commits to the same partition. Returns when the next
   * is due.
   */
  expire(dueMs: (topic: string, atMs: number) => number, nowMs: number): number {
    let next = Infinity;
    for (const [key, { committed, atMs }] of [...this.#offsets]) {
      const due = dueMs(committed.topic, atMs);
      if (due > nowMs) next = Math.min(next, due);
      else if (!this.isUnstable(committed.topic, committed.partition)) this.#offsets.delete(key);
    }
    return next;
  }

  /** A topic was deleted: forgets its offsets. */
  deleteTopic(topic: string): void {
    for (const { committed } of [...this.#offsets.values()])
      if (committed.topic === topic) this.#offsets.delete(keyOf(topic, committed.partition));
    for (const { offsets } of this.#pending.values())
      for (const [key, { committed }] of [...offsets]) if (committed.topic === topic) offsets.delete(key);
  }
}

function keyOf(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}

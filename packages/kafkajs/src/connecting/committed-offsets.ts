/** An offset that some client has committed, the next one to read. */
interface Mark {
  readonly offset: string;
  /** Sent by a transaction that has not been aborted: lower offsets, too, must not be committed over it. */
  isFloor: boolean;
}

/**
 * The offsets that the clients of one `Kafka` have committed, by group: after `transaction.sendOffsets` the consumer of
 * the same `Kafka` does not commit them again, over those of the transaction.
 *
 * Nor does it commit lower ones. A handler sends the offset after its message, while the consumer counts the message
 * as done only when the handler returns. If the batch of another partition ended in between, the consumer would commit
 * everything that it knows to be done, and a broker keeps the later of a commit and a pending offset of a transaction:
 * the message would be handled twice.
 */
export class CommittedOffsets {
  readonly #groups = new Map<string, Map<string, Mark>>();

  /** Remembers an offset, the next one to read. */
  mark(groupId: string, topic: string, partition: number, offset: string): void {
    this.#set(groupId, topic, partition, { offset, isFloor: false });
  }

  /** The same of an offset that a transaction has sent. Call what this returns if the transaction is aborted. */
  markInTransaction(groupId: string, topic: string, partition: number, offset: string | number): () => void {
    const mark = { offset: String(offset), isFloor: true };
    this.#set(groupId, topic, partition, mark);
    return () => {
      mark.isFloor = false; // as in kafkajs, the offset itself stays marked
    };
  }

  /**
   * Whether a consumer must not commit `offset` by itself: a client of this `Kafka` has committed it, or a transaction
   * a later one.
   */
  has(groupId: string, topic: string, partition: number, offset: number): boolean {
    const mark = this.#groups.get(groupId)?.get(`${partition} ${topic}`);
    if (mark === undefined) return false;
    return mark.isFloor ? offset <= Number(mark.offset) : String(offset) === mark.offset;
  }

  /** Forgets the offsets of a partition: another member may commit it now, or it is read again from another place. */
  forget(groupId: string, topic: string, partition: number): void {
    this.#groups.get(groupId)?.delete(`${partition} ${topic}`);
  }

  #set(groupId: string, topic: string, partition: number, mark: Mark): void {
    const group = this.#groups.get(groupId) ?? new Map<string, Mark>();
    this.#groups.set(groupId, group);
    group.set(`${partition} ${topic}`, mark);
  }
}

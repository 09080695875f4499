/**
 * The offsets that the clients of one `Kafka` have committed, by group: after `transaction.sendOffsets` the consumer of
 * the same `Kafka` does not commit them again, over those of the transaction.
 */
export class CommittedOffsets {
  readonly #groups = new Map<string, Map<string, string>>();

  /** Remembers an offset, the next one to read. */
  mark(groupId: string, topic: string, partition: number, offset: string): void {
    const group = this.#groups.get(groupId) ?? new Map<string, string>();
    this.#groups.set(groupId, group);
    group.set(`${partition} ${topic}`, offset);
  }

  /** The offset that was committed last; undefined if none was. */
  get(groupId: string, topic: string, partition: number): string | undefined {
    return this.#groups.get(groupId)?.get(`${partition} ${topic}`);
  }

  /** Forgets the offsets of a partition: another member may commit it now. */
  forget(groupId: string, topic: string, partition: number): void {
    this.#groups.get(groupId)?.delete(`${partition} ${topic}`);
  }
}

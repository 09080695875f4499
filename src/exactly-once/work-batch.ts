import type { GroupOffset } from "../cluster/group-offsets.ts";

/** A partition while this member owns it. */
export interface HeldPartition {
  readonly topic: string;
  readonly partition: number;
  /** This member no longer owns it. If the partition is assigned again, that is a new object. */
  readonly isGone: boolean;
  /** The leader epoch of the record before an offset; −1 if it is unknown. */
  epochBefore(offset: number): number;
}

/** The records of one partition in a batch: the first offset, and the offset after the last. */
export interface Span<P> {
  readonly held: P;
  readonly first: number;
  readonly next: number;
}

/** The records of one transaction, and the offsets that it commits. Pure. */
export class WorkBatch<R extends { readonly offset: number }, P extends HeldPartition> {
  readonly #maxRecords: number;
  #records: R[] = [];
  #holders: P[] = [];

  constructor(maxRecords: number) {
    this.#maxRecords = maxRecords;
  }

  get records(): readonly R[] {
    return this.#records;
  }

  get isEmpty(): boolean {
    return this.#records.length === 0;
  }

  get isFull(): boolean {
    return this.#records.length >= this.#maxRecords;
  }

  add(record: R, held: P): void {
    this.#records.push(record);
    this.#holders.push(held);
  }

  /**
   * Removes the records of partitions that belong to other members now. Nothing has been done with these records yet.
   */
  drop(isOthers: (held: P) => boolean): void {
    const kept = this.#holders.map((held) => !isOthers(held));
    this.#records = this.#records.filter((_, i) => kept[i]);
    this.#holders = this.#holders.filter((_, i) => kept[i]);
  }

  has(isMeant: (held: P) => boolean): boolean {
    return this.spans().some(({ held }) => isMeant(held));
  }

  spans(): readonly Span<P>[] {
    const spans = new Map<P, { held: P; first: number; next: number }>();
    for (const [i, { offset }] of this.#records.entries()) {
      const held = this.#holders[i];
      if (held === undefined) continue;
      const span = spans.get(held);
      if (span === undefined) spans.set(held, { held, first: offset, next: offset + 1 });
      else span.next = offset + 1;
    }
    return [...spans.values()];
  }

  /** The offsets at which the group continues once this batch is committed. */
  offsets(): readonly GroupOffset[] {
    return this.spans().map(({ held, next }) => {
      const epoch = held.epochBefore(next);
      return { topic: held.topic, partition: held.partition, offset: next, leaderEpoch: epoch < 0 ? undefined : epoch };
    });
  }
}

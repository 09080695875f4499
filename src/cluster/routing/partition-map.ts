import type { TopicPartition } from "../topic-partition.ts";

/** Values by topic and partition. A JavaScript `Map` with objects as keys would compare them by identity. */
export class PartitionMap<V> {
  readonly #topics = new Map<string, Map<number, V>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get({ topic, partition }: TopicPartition): V | undefined {
    return this.#topics.get(topic)?.get(partition);
  }

  has({ topic, partition }: TopicPartition): boolean {
    return this.#topics.get(topic)?.has(partition) === true;
  }

  /** Replaces the value that the partition has. */
  set({ topic, partition }: TopicPartition, value: V): void {
    let partitions = this.#topics.get(topic);
    if (partitions === undefined) this.#topics.set(topic, (partitions = new Map<number, V>()));
    const before = partitions.size;
    partitions.set(partition, value);
    this.#size += partitions.size - before;
  }

  /** Returns whether the partition had a value. */
  delete({ topic, partition }: TopicPartition): boolean {
    const partitions = this.#topics.get(topic);
    if (partitions?.delete(partition) !== true) return false;
    if (partitions.size === 0) this.#topics.delete(topic);
    this.#size--;
    return true;
  }

  clear(): void {
    this.#topics.clear();
    this.#size = 0;
  }

  /** In the order in which the topics were added, and for each topic its partitions. */
  *values(): IterableIterator<V> {
    for (const partitions of this.#topics.values()) yield* partitions.values();
  }

  /** In the order in which the topics were added, and for each topic its partitions. */
  *entries(): IterableIterator<readonly [TopicPartition, V]> {
    for (const [topic, partitions] of this.#topics)
      for (const [partition, value] of partitions) yield [{ topic, partition }, value];
  }
}

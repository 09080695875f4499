import type { TopicPartition } from "odradek";

/** The state of one partition that is assigned to a consumer. Offsets are those of the next message to read. */
export interface AssignedPartition extends TopicPartition {
  /** The resolved offset; undefined while there is none. */
  resolved: number | undefined;
  /** The committed offset, or the one at which reading began; undefined while it is not known. */
  committed: number | undefined;
  /** The position must be committed when it is known: it was sought by name, or the log no longer had it. */
  mustCommit: boolean;
  /** Increases with each seek: a batch of before it is stale. */
  seeks: number;
  /** Whether a handler has a batch of it, or waits for its next try. */
  isBusy: boolean;
  /** The number of failures of the handler in a row. */
  failures: number;
  /** The wait after the next failure, in ms. */
  retryTime: number;
}

/** The assigned partitions, by topic and number. */
export class AssignedPartitions implements Iterable<AssignedPartition> {
  readonly #topics = new Map<string, Map<number, AssignedPartition>>();

  get(topic: string, partition: number): AssignedPartition | undefined {
    return this.#topics.get(topic)?.get(partition);
  }

  /** Adds a partition, or begins it again. */
  add({ topic, partition }: TopicPartition): AssignedPartition {
    const added: AssignedPartition = {
      topic,
      partition,
      resolved: undefined,
      committed: undefined,
      mustCommit: false,
      seeks: 0,
      isBusy: false,
      failures: 0,
      retryTime: 0,
    };
    const ofTopic = this.#topics.get(topic) ?? new Map<number, AssignedPartition>();
    this.#topics.set(topic, ofTopic);
    ofTopic.set(partition, added);
    return added;
  }

  remove({ topic, partition }: TopicPartition): void {
    const ofTopic = this.#topics.get(topic);
    ofTopic?.delete(partition);
    if (ofTopic?.size === 0) this.#topics.delete(topic);
  }

  *[Symbol.iterator](): Generator<AssignedPartition, void, undefined> {
    for (const ofTopic of this.#topics.values()) yield* ofTopic.values();
  }
}

import type { TopicPartition } from "odradek";

/** What a consumer knows of one partition that is assigned to it. Offsets are those of the next message to read. */
export interface AssignedPartition extends TopicPartition {
  /** What is resolved; undefined while nothing is. */
  resolved: number | undefined;
  /** What is committed, or where reading began; undefined while it is not known. */
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

  /** Adds a partition, or begins it anew. */
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

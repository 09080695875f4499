import type { TopicMetadata } from "../cluster/metadata.ts";
import type { KafkaError } from "../errors/kafka-error.ts";
import type { Headers } from "../records/record.ts";
import type { RecordMetadata } from "./delivery.ts";
import { PartitionQueue } from "./partition-queue.ts";

/** A record that waits for its topic's metadata: serialised, counted, and not yet in a partition. */
export interface HeldRecord {
  readonly key: Uint8Array | string | null;
  readonly value: Uint8Array | string | null;
  readonly headers: Headers | undefined;
  readonly partition: number;
  readonly timestamp: number;
  readonly bytes: number;
  readonly createdMs: number;
  readonly resolve: ((metadata: RecordMetadata) => void) | undefined;
  readonly reject: ((error: KafkaError) => void) | undefined;
}

/** From so many bytes on the sticky partition changes when its batch is sent; at `batchSize` in any case. */
const STICKY_BYTES = 16_384;

/** A topic as the producer knows it: its partitions, what waits for them, and where keyless records go at the moment. */
export class TopicQueue {
  readonly topic: string;
  readonly partitions: PartitionQueue[] = [];
  /** Records that came before the metadata did, in order. */
  held: HeldRecord[] = [];
  isKnown = false;
  #metadata: TopicMetadata | undefined;
  #sticky = -1;
  #stickyBytes = 0;

  constructor(topic: string) {
    this.topic = topic;
  }

  /** Takes what the metadata says; answers whether it was new. Growth applies to the next record. */
  update(metadata: TopicMetadata): boolean {
    if (metadata === this.#metadata || metadata.partitions.length === 0) return false;
    this.#metadata = metadata;
    for (let i = this.partitions.length; i < metadata.partitions.length; i++) this.partitions.push(new PartitionQueue(this.topic, i));
    this.isKnown = true;
    return true;
  }

  leaderOf(partition: number): number {
    return this.#metadata?.partitions[partition]?.leaderId ?? -1;
  }

  /** Where a record without key and partition goes: one partition until it got its share, then another at random among those with a leader. */
  sticky(random: () => number): number {
    if (this.#sticky >= 0) return this.#sticky;
    const all = this.partitions.map((queue) => queue.partition);
    const led = all.filter((partition) => this.leaderOf(partition) >= 0);
    const choice = led.length > 0 ? led : all;
    this.#sticky = choice[Math.floor(random() * choice.length)] ?? 0;
    this.#stickyBytes = 0;
    return this.#sticky;
  }

  /** Counts what the sticky partition got, so that each gets the same number of bytes in the long run. */
  stuck(bytes: number, batchSize: number): void {
    this.#stickyBytes += bytes;
    if (this.#stickyBytes >= batchSize) this.#sticky = -1;
  }

  /** A batch of the partition was sent. */
  batchSent(partition: number): void {
    if (partition === this.#sticky && this.#stickyBytes >= STICKY_BYTES) this.#sticky = -1;
  }
}

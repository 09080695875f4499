import { counted } from "../../errors/counted.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { TopicMetadata } from "../../cluster/metadata.ts";
import type { ProducerBatch, Settle } from "../partition/batch.ts";
import { nothingSent, type SentCounters } from "../sending/ledger.ts";
import type { PackedRecord } from "./packed-record.ts";
import { PartitionQueue, type ReportFault } from "../partition/partition-queue.ts";
import { stickyPartition, UNAVAILABLE } from "./partitioner-sticky.ts";
import type { PartitionChooser, PartitionView } from "./partitioner.ts";
import type { Sequencer } from "../partition/sequencer.ts";

/** A record that waits for its topic's metadata: serialised, counted, and not yet in a partition. */
export interface HeldRecord {
  readonly record: PackedRecord;
  readonly createdMs: number;
  /** Undefined where nobody awaits it. */
  readonly settle: Settle | undefined;
}

/** From so many bytes on the sticky partition changes when its batch is sent; at `batchSize` in any case. */
const STICKY_BYTES = 16_384;

/** What decides where the next keyless records go. */
export interface StickyPolicy {
  /** Fewer records to where more batches wait. */
  readonly isAdaptive: boolean;
  /** Whether the partition's leader has batches and takes none. */
  readonly isStalled: (queue: PartitionQueue) => boolean;
  /** Whether the leader is in the producer's rack; undefined where racks do not count. */
  readonly isNear: ((leaderId: number) => boolean) | undefined;
  random(): number;
}

/**
 * A topic as the producer knows it: its partitions, what waits for them, and where keyless records go at the moment.
 */
export class TopicQueue implements PartitionView {
  readonly topic: string;
  /** When a batch is full. Falls below the producer's `batchSize` when the broker takes only less. */
  batchSize: number;
  readonly partitions: PartitionQueue[] = [];
  /** Records that came before the metadata did, in order. */
  held: HeldRecord[] = [];
  isKnown = false;
  /** When records that had waited for its metadata were last put into batches: monotonic ms. */
  knownSinceMs = 0;
  /** When a batch was last sent, or the topic begun with: monotonic ms. */
  usedMs: number;
  readonly sent: SentCounters = nothingSent();
  /** Where records go that name no partition; undefined for the default. */
  readonly chooser: PartitionChooser | undefined;
  #metadata: TopicMetadata | undefined;
  #sticky = -1;
  #stickyBytes = 0;
  readonly #waiting: number[] = [];

  readonly #sequencers: readonly Sequencer[];
  readonly #fault: ReportFault;

  /** `sequencers`: where the sequences of its partitions go on, if it was written before. */
  constructor(
    topic: string,
    batchSize: number,
    fault: ReportFault,
    chooser?: PartitionChooser,
    usedMs = 0,
    sequencers: readonly Sequencer[] = [],
  ) {
    this.#sequencers = sequencers;
    this.#fault = fault;
    this.usedMs = usedMs;
    this.topic = topic;
    this.batchSize = batchSize;
    this.chooser = chooser;
  }

  get partitionCount(): number {
    return this.partitions.length;
  }

  isAvailable(partition: number): boolean {
    return this.leaderOf(partition) >= 0;
  }

  /** Takes what the metadata says; answers whether it was new. Growth applies to the next record. */
  update(metadata: TopicMetadata, nowMs: number): boolean {
    if (metadata === this.#metadata || metadata.partitions.length === 0) return false;
    this.#doubtChanged(metadata, nowMs);
    this.#metadata = metadata;
    for (let i = this.partitions.length; i < metadata.partitions.length; i++)
      this.partitions.push(new PartitionQueue(this.topic, i, this.#fault, this.#sequencers[i]));
    this.isKnown = true;
    return true;
  }

  /**
   * The partitions that the topic has no more, since it was deleted and made anew with fewer. They are no longer in
   * {@link partitions}.
   */
  takeSurplus(): readonly PartitionQueue[] {
    const count = this.#metadata?.partitions.length ?? 0;
    if (count >= this.partitions.length) return [];
    this.#sticky = -1;
    this.#waiting.length = 0;
    return this.partitions.splice(count);
  }

  /** The error for a record that names a partition which the topic does not have. */
  noSuchPartition(partition: number): KafkaError {
    const { topic } = this;
    const what = `topic ${topic} has ${counted(this.partitions.length, "partition")}, and the record names partition`;
    return new KafkaError("config", `${what} ${partition}`, { topic, partition, outcome: "notWritten" });
  }

  /** Whether records wait here, or are under way. */
  get isBusy(): boolean {
    return this.held.length > 0 || this.partitions.some(({ batches, inFlight }) => batches.length > 0 || inFlight > 0);
  }

  leaderOf(partition: number): number {
    return this.#metadata?.partitions[partition]?.leaderId ?? -1;
  }

  /**
   * Where a record without key and partition goes: one partition until it got its share, then another at random among
   * those with a leader.
   */
  sticky(policy: StickyPolicy): number {
    if (this.#sticky >= 0) return this.#sticky;
    this.#sticky = stickyPartition(this.#loads(policy), policy.random());
    this.#stickyBytes = 0;
    return this.#sticky;
  }

  /** Counts what the sticky partition got, so that each gets the same number of bytes in the long run. */
  stuck(bytes: number, batchSize: number): void {
    this.#stickyBytes += bytes;
    if (this.#stickyBytes >= batchSize) this.#sticky = -1;
  }

  /** The broker takes no batch of so many bytes: later ones are no larger than a half. */
  tooLarge(bytes: number): void {
    this.batchSize = Math.max(1, Math.min(this.batchSize, bytes >> 1));
  }

  /** A batch was sent, for the first time or again. */
  batchSent({ partition, builder, count, attempts }: ProducerBatch, nowMs: number): void {
    this.usedMs = nowMs;
    const { sent } = this;
    sent.records += count;
    sent.batches++;
    sent.bytes += builder.sealedBytes;
    sent.uncompressedBytes += builder.sizeInBytes;
    if (attempts > 1) sent.retriedRecords += count;
    if (partition === this.#sticky && this.#stickyBytes >= STICKY_BYTES) this.#sticky = -1;
  }

  /**
   * A partition with a new leader, or of a topic that was deleted and created again, has a log that may not know this
   * producer.
   */
  #doubtChanged({ topicId, partitions }: TopicMetadata, nowMs: number): void {
    const before = this.#metadata;
    const isSame = before?.topicId === topicId;
    for (const queue of this.partitions) {
      if (!isSame || before.partitions[queue.partition]?.leaderEpoch !== partitions[queue.partition]?.leaderEpoch)
        queue.doubt(nowMs);
    }
  }

  /** How many batches wait for each partition, in an array that is used again. */
  #loads({ isAdaptive, isStalled, isNear }: StickyPolicy): readonly number[] {
    const waiting = this.#waiting;
    let near = 0;
    for (const queue of this.partitions) {
      const isAvailable = this.isAvailable(queue.partition) && !isStalled(queue);
      waiting[queue.partition] = !isAvailable
        ? UNAVAILABLE
        : isAdaptive
          ? Math.max(0, queue.batches.length - queue.inFlight)
          : 0;
      if (isAvailable && isNear?.(this.leaderOf(queue.partition)) === true) near++;
    }
    if (isNear !== undefined && near > 0) {
      for (const { partition } of this.partitions)
        if (!isNear(this.leaderOf(partition))) waiting[partition] = UNAVAILABLE;
    }
    return waiting;
  }
}

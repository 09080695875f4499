import { counted } from "../../errors/counted.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { type PartitionInfo, partitionInfos } from "../../cluster/partition-info.ts";
import type { TopicMetadata } from "../../cluster/metadata.ts";
import type { ProducerBatch } from "../partition/batch.ts";
import { nothingSent, type SentCounters } from "../sending/ledger.ts";
import { PackedRecords } from "./packed-records.ts";
import { PartitionQueue, type ReportFault } from "../partition/partition-queue.ts";
import { stickyPartition, UNAVAILABLE } from "./partitioner-sticky.ts";
import type { PartitionChooser, PartitionView } from "./partitioner.ts";
import type { Sequencer } from "../partition/sequencer.ts";

/**
 * When its batch is sent, the sticky partition changes if it got at least this many bytes. It always changes at
 * `batchSize`.
 */
const STICKY_BYTES = 16_384;

/** How the next sticky partition is chosen. */
export interface StickyPolicy {
  /** Whether a partition gets fewer records the more batches wait for it. */
  readonly isAdaptive: boolean;
  /** Whether the partition's leader has waiting batches and accepts none. */
  readonly isStalled: (queue: PartitionQueue) => boolean;
  /** Whether the leader is in the producer's rack; undefined if racks do not matter. */
  readonly isNear: ((leaderId: number) => boolean) | undefined;
  random(): number;
}

/**
 * The producer's state of a topic: its partitions, the records that wait for them, and the current sticky partition.
 */
export class TopicQueue implements PartitionView {
  readonly topic: string;
  /**
   * The size at which a batch is full. Lowered below the producer's `batchSize` if the broker refuses batches as too
   * large.
   */
  batchSize: number;
  readonly partitions: PartitionQueue[] = [];
  /** Records that arrived before the topic's metadata, in order. */
  readonly held: PackedRecords = new PackedRecords();
  isKnown = false;
  /** When records that had waited for the metadata were last put into batches: monotonic ms. */
  knownSinceMs = 0;
  /** When a batch was last sent, or else when the topic was added: monotonic ms. */
  usedMs: number;
  readonly sent: SentCounters = nothingSent();
  /** Chooses the partition of records that name none; undefined for the default partitioner. */
  readonly chooser: PartitionChooser | undefined;
  #metadata: TopicMetadata | undefined;
  #infos: readonly PartitionInfo[] | undefined;
  #sticky = -1;
  #stickyBytes = 0;
  readonly #waiting: number[] = [];

  readonly #sequencers: readonly Sequencer[];
  readonly #fault: ReportFault;

  /** @param sequencers the sequencers to continue with, if the topic was written to before */
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

  /** The partitions with their replicas, for a partitioner of the user. */
  get partitionInfo(): readonly PartitionInfo[] {
    return (this.#infos ??= this.#metadata === undefined ? [] : partitionInfos(this.#metadata));
  }

  isAvailable(partition: number): boolean {
    return this.leaderOf(partition) >= 0;
  }

  /** Applies the metadata; returns whether it was new. New partitions are used from the next record on. */
  update(metadata: TopicMetadata, nowMs: number): boolean {
    if (metadata === this.#metadata || metadata.partitions.length === 0) return false;
    this.#doubtChanged(metadata, nowMs);
    this.#metadata = metadata;
    this.#infos = undefined;
    for (let i = this.partitions.length; i < metadata.partitions.length; i++)
      this.partitions.push(new PartitionQueue(this.topic, i, this.#fault, this.#sequencers[i]));
    this.isKnown = true;
    return true;
  }

  /** Removes and returns the partitions that no longer exist, after the topic was deleted and recreated with fewer. */
  takeSurplus(): readonly PartitionQueue[] {
    const count = this.#metadata?.partitions.length ?? 0;
    if (count >= this.partitions.length) return [];
    this.#sticky = -1;
    this.#waiting.length = 0;
    return this.partitions.splice(count);
  }

  /** The error for a record that names a partition that the topic does not have. */
  noSuchPartition(partition: number): KafkaError {
    const { topic } = this;
    const what = `topic ${topic} has ${counted(this.partitions.length, "partition")}, and the record names partition`;
    return new KafkaError("config", `${what} ${partition}`, { topic, partition, outcome: "notWritten" });
  }

  /** Whether records wait here or are in flight. */
  get isBusy(): boolean {
    return this.held.length > 0 || this.partitions.some(({ batches, inFlight }) => batches.length > 0 || inFlight > 0);
  }

  leaderOf(partition: number): number {
    return this.#metadata?.partitions[partition]?.leaderId ?? -1;
  }

  /**
   * Returns the partition for a record without key and partition. The choice stays until that partition has got its
   * share; then another partition with a leader is chosen at random.
   */
  sticky(policy: StickyPolicy): number {
    if (this.#sticky >= 0) return this.#sticky;
    this.#sticky = stickyPartition(this.#loads(policy), policy.random());
    this.#stickyBytes = 0;
    return this.#sticky;
  }

  /** Counts the bytes that the sticky partition got, so that all partitions get the same number in the long run. */
  stuck(bytes: number, batchSize: number): void {
    this.#stickyBytes += bytes;
    if (this.#stickyBytes >= batchSize) this.#sticky = -1;
  }

  /** The broker refused a batch of this many bytes as too large: later batches have at most half of that. */
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

  /** The leader of a partition may not know this producer if it is new, or if the topic was deleted and recreated. */
  #doubtChanged({ topicId, partitions }: TopicMetadata, nowMs: number): void {
    const before = this.#metadata;
    const isSame = before?.topicId === topicId;
    for (const queue of this.partitions) {
      if (!isSame || before.partitions[queue.partition]?.leaderEpoch !== partitions[queue.partition]?.leaderEpoch)
        queue.doubt(nowMs);
    }
  }

  /** How many batches wait for each partition, in an array that is reused. */
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

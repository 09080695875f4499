import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { rejectionOf } from "../../errors/rejection.ts";
import { recordSizeUpperBound } from "../../records/batch-builder.ts";
import type { Headers } from "../../records/record.ts";
import { murmur2Partition } from "../../wire/murmur2.ts";
import { utf8Encode } from "../../wire/utf8.ts";
import type { ProducerBatch, Settle } from "../partition/batch.ts";
import type { PartitionQueue } from "../partition/partition-queue.ts";
import type { BatchFates, SendingTransaction } from "../sending/batch-fates.ts";
import type { BatchSettings } from "../partition/batch-settings.ts";
import type { DeliveryLedger } from "../sending/ledger.ts";
import type { Sinks } from "../sending/sinks.ts";
import type { MemoryGate } from "./memory-gate.ts";
import type { WaitingRecord } from "./packed-records.ts";
import { type PartitionChooser, STICKY } from "./partitioner.ts";
import type { StickyPolicy, TopicQueue } from "./topic-queue.ts";

type Part = Uint8Array | string | null;

/** The accumulator's view of a producer's transactions. */
export interface AccumulatorTransaction extends SendingTransaction {
  readonly isOpen: boolean;
  /** A batch was begun for the partition: the partition must be added to the transaction before the batch is sent. */
  enlist(queue: PartitionQueue): void;
}

/** The parts of the accumulator that {@link RecordPlacement} uses. */
export interface PlacementParts {
  readonly client: ClusterClient;
  readonly sticky: StickyPolicy;
  readonly fates: BatchFates;
  readonly sinks: Sinks;
  readonly ledger: DeliveryLedger;
  readonly gate: MemoryGate;
  readonly transaction: AccumulatorTransaction | undefined;
  /** A batch was begun. */
  readonly begun: (nowMs: number) => void;
}

/** If a record's size estimate was too high by at least this many bytes, the difference is freed at once. */
const WORTH_FREEING = 64;

/** Puts records of known topics into batches: chooses the partition, and begins a batch if the open one is full. */
export class RecordPlacement {
  readonly #parts: PlacementParts;
  /** The settings of the records, if they are not the producer's. */
  settings: BatchSettings | undefined;

  constructor(parts: PlacementParts) {
    this.#parts = parts;
  }

  place(
    topic: TopicQueue,
    partition: number,
    key: Part,
    value: Part,
    headers: Headers | undefined,
    timestamp: number,
    nowMs: number,
    bytes: number,
    settle?: Settle,
  ): void {
    if (partition < 0 && topic.chooser !== undefined) {
      this.#placeChosen(topic, topic.chooser, key, value, headers, timestamp, nowMs, bytes, settle);
      return;
    }
    const isSticky = partition < 0 && key === null;
    const chosen =
      partition >= 0
        ? partition
        : isSticky
          ? topic.sticky(this.#parts.sticky)
          : murmur2Partition(typeof key === "string" ? utf8Encode(key) : (key as Uint8Array), topic.partitions.length);
    const queue = topic.partitions[chosen];
    if (queue === undefined) {
      this.refuse(topic.topic, bytes, settle, topic.noSuchPartition(chosen));
      return;
    }
    const { batchSize } = topic;
    let batch = this.joined(queue);
    let size = batch === undefined ? 0 : batch.builder.tryAppend(key, value, headers, timestamp, batchSize);
    if (batch === undefined || size === 0) {
      batch = this.#newBatch(queue, nowMs);
      size = batch.builder.tryAppend(key, value, headers, timestamp, batchSize);
      this.#wake(topic, queue);
    }
    this.#count(batch, size, bytes);
    if (settle !== undefined) batch.await(settle, timestamp);
    if (isSticky) topic.stuck(size, batchSize);
  }

  /** Places a record that waited for the topic's metadata. */
  placeWaiting(topic: TopicQueue, record: WaitingRecord): void {
    const { partition, timestamp, createdMs, bytes, settle } = record;
    if (partition < 0 && topic.chooser !== undefined) {
      this.place(topic, partition, record.key, record.value, record.headers, timestamp, createdMs, bytes, settle);
      return;
    }
    const isSticky = partition < 0 && record.keyLength < 0;
    const chosen =
      partition >= 0
        ? partition
        : isSticky
          ? topic.sticky(this.#parts.sticky)
          : murmur2Partition(record.key as Uint8Array, topic.partitions.length);
    const queue = topic.partitions[chosen];
    if (queue === undefined) {
      this.refuse(topic.topic, bytes, settle, topic.noSuchPartition(chosen));
      return;
    }
    const { batchSize } = topic;
    let batch = this.joined(queue);
    let size = batch === undefined ? 0 : batch.builder.tryAppendPacked(record, timestamp, batchSize);
    if (batch === undefined || size === 0) {
      batch = this.#newBatch(queue, createdMs);
      size = batch.builder.tryAppendPacked(record, timestamp, batchSize);
      this.#wake(topic, queue);
    }
    this.#count(batch, size, bytes);
    if (settle !== undefined) batch.await(settle, timestamp);
    if (isSticky) topic.stuck(size, batchSize);
  }

  /** The open batch that a record joins; undefined if it begins a batch. */
  protected joined(queue: PartitionQueue): ProducerBatch | undefined {
    return queue.openPlain;
  }

  /** Fails a record that is in no batch. */
  refuse(topic: string, bytes: number, settle: Settle | undefined, error: KafkaError): void {
    const { gate, ledger, transaction } = this.#parts;
    gate.free(bytes);
    ledger.counters.failed++;
    if (settle === undefined || settle.isEnqueued === true) ledger.lost(topic, 1, error);
    settle?.(rejectionOf(error));
    transaction?.recordsFailed(error);
  }

  /**
   * Calls a partitioner other than the default one; a record for which it fails is refused. This is a method of its own
   * so that the default path stays fast.
   */
  #placeChosen(
    topic: TopicQueue,
    chooser: PartitionChooser,
    key: Part,
    value: Part,
    headers: Headers | undefined,
    timestamp: number,
    nowMs: number,
    bytes: number,
    settle?: Settle,
  ): void {
    let chosen: number;
    const { settings } = this;
    this.settings = undefined; // a user's partitioner may send records
    try {
      const choose = (): number => chooser(key, value, headers, timestamp, topic);
      chosen = settle?.inContext === undefined ? choose() : settle.inContext(choose);
    } catch (error) {
      this.refuse(topic.topic, bytes, settle, KafkaError.from(error));
      return;
    }
    this.settings = settings;
    const isSticky = chosen === STICKY;
    if (isSticky) chosen = topic.sticky(this.#parts.sticky);
    this.place(topic, chosen, key, value, headers, timestamp, nowMs, bytes, settle);
    if (isSticky) topic.stuck(recordSizeUpperBound(key, value, headers), topic.batchSize);
  }

  /**
   * The estimate counts three bytes for each character. The surplus is freed, unless it is too small to be worth a
   * call.
   */
  #count(batch: ProducerBatch, size: number, bytes: number): void {
    const surplus = bytes - size;
    if (surplus >= WORTH_FREEING) this.#parts.gate.free(surplus);
    batch.counted(surplus >= WORTH_FREEING ? size : bytes);
  }

  #newBatch(queue: PartitionQueue, nowMs: number): ProducerBatch {
    const { begun, fates, transaction } = this.#parts;
    const batch = fates.begin(queue, nowMs, this.settings);
    transaction?.enlist(queue);
    begun(nowMs);
    return batch;
  }

  /** A batch was begun: notifies the sink of the partition's leader, if it has a leader. */
  #wake(topic: TopicQueue, queue: PartitionQueue): void {
    if (queue.sink === undefined) this.#parts.sinks.assign(queue, topic.leaderOf(queue.partition));
    if (queue.sink === undefined) this.#parts.client.refreshMetadata();
    else queue.sink.begun(queue);
  }
}

/** Places records that may have settings of their own. A class of its own, so that all others pay nothing for it. */
export class SpecialPlacement extends RecordPlacement {
  protected override joined(queue: PartitionQueue): ProducerBatch | undefined {
    return queue.open?.settings === this.settings ? queue.open : undefined;
  }
}

import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { detailsOf, KafkaError } from "../../errors/kafka-error.ts";
import { type BatchFate, ProducerBatch, type Settle } from "../partition/batch.ts";
import { divide, halves, keepNumbers, type PartOf } from "../partition/batch-division.ts";
import type { PartitionQueue } from "../partition/partition-queue.ts";
import type { Identities } from "../partition/producer-identity.ts";
import { BuilderPool } from "./builder-pool.ts";
import type { DeliveryLedger, ProducerCounters, SentCounters } from "./ledger.ts";
import type { BatchSettings } from "../partition/batch-settings.ts";
import type { SendingSettings } from "./sending-settings.ts";
import type { ProduceTransaction, SinkHost } from "./sink-host.ts";

/** The parts of a topic that the result of a batch changes. */
export interface SendingTopic {
  readonly sent: SentCounters;
  /** A batch was sent, for the first time or again. */
  batchSent(batch: ProducerBatch, nowMs: number): void;
  /** The broker refused a batch of this many bytes as too large. */
  tooLarge(bytes: number): void;
}

/** The view that {@link BatchFates} has of a producer's transactions. */
export interface SendingTransaction extends ProduceTransaction {
  /** A batch is sent. */
  sent(): void;
  recordsFailed(error: KafkaError): void;
}

/** The parts of a producer that {@link BatchFates} uses. */
export interface BatchFatesParts {
  readonly client: ClusterClient;
  readonly settings: SendingSettings;
  readonly identities: Identities;
  readonly transaction: SendingTransaction | undefined;
  readonly ledger: DeliveryLedger;
  /** Frees bytes that the memory gate has counted. */
  readonly free: (bytes: number) => void;
  /** The topics to which records were sent, by name. */
  readonly topics: ReadonlyMap<string, SendingTopic>;
  /** Fails every accepted record, because none can be sent. */
  readonly failAll: (error: KafkaError) => void;
}

/** Applies the result of each batch: to its records, its queue, the counters and the memory gate. */
export class BatchFates implements SinkHost {
  readonly client: ClusterClient;
  readonly settings: SendingSettings;
  readonly identities: Identities;
  readonly transaction: SendingTransaction | undefined;
  readonly failAll: (error: KafkaError) => void;
  readonly #ledger: DeliveryLedger;
  readonly #free: (bytes: number) => void;
  readonly #topics: ReadonlyMap<string, SendingTopic>;
  readonly #builders: BuilderPool;
  readonly #quietWaiters: (() => void)[] = [];
  readonly #recycleSettled = (batch: ProducerBatch): void => this.#recycle(batch);
  #batchId = 0;
  /** How many batches are in flight, of all partitions. */
  #inFlight = 0;
  #urgent = 0;

  constructor(parts: BatchFatesParts) {
    this.client = parts.client;
    this.settings = parts.settings;
    this.identities = parts.identities;
    this.transaction = parts.transaction;
    this.failAll = parts.failAll;
    this.#ledger = parts.ledger;
    this.#free = parts.free;
    this.#builders = new BuilderPool(parts.client.cluster.options.crc32c);
    this.#topics = parts.topics;
  }

  get counters(): ProducerCounters {
    return this.#ledger.counters;
  }

  /** The id of the newest batch; a flush waits for all up to it. */
  get lastBatchId(): number {
    return this.#batchId;
  }

  isUrgent(): boolean {
    return this.#urgent > 0;
  }

  /** Begins to send everything without waiting for more records. Call the returned function to end that. */
  hurry(): () => void {
    this.#urgent++;
    return () => {
      this.#urgent--;
    };
  }

  topicId(topic: string): string | undefined {
    return this.client.snapshot.topics.get(topic)?.topicId;
  }

  /** Adds an empty batch at the end of a queue. */
  begin(queue: PartitionQueue, nowMs: number, settings?: BatchSettings): ProducerBatch {
    const builder = this.#builders.take(queue.expectedBytes);
    const batch = new ProducerBatch(queue.topic, queue.partition, builder, ++this.#batchId, nowMs, settings);
    queue.begin(batch);
    this.#ledger.add(batch);
    return batch;
  }

  sent(batch: ProducerBatch, nowMs: number): void {
    this.#inFlight++;
    this.#topics.get(batch.topic)?.batchSent(batch, nowMs);
    this.transaction?.sent();
    if (batch.attempts > 1) return;
    const { counters } = this;
    const queuedMs = nowMs - batch.createdMs;
    counters.queuedBatches++;
    counters.queuedMs += queuedMs;
    if (queuedMs > counters.maxQueuedMs) counters.maxQueuedMs = queuedMs;
  }

  answered(queue: PartitionQueue, batch: ProducerBatch, nowMs: number): void {
    this.#inFlight--;
    queue.answered(batch, nowMs);
  }

  succeeded(queue: PartitionQueue, batch: ProducerBatch, fate: BatchFate): void {
    queue.remove(batch);
    this.client.hooks?.batchAcknowledged?.(batch, fate.baseOffset);
    this.#ledger.succeeded(batch, fate, this.#recycleSettled);
    this.#settleInFlightOwner(queue);
  }

  /** A batch failed for good. If it had sequence numbers, they are a gap now, and the partition needs a new epoch. */
  failed(queue: PartitionQueue, batch: ProducerBatch, error: KafkaError): void {
    if (batch.isSettled) return; // it failed together with the transaction
    // If the broker has written a later batch, it does not wait for this one's numbers: no gap.
    if (batch.baseSequence >= 0 && !batch.isOvertaken && !queue.mustRestart) this.gap(queue);
    const topic = this.#topics.get(queue.topic);
    if (topic !== undefined) topic.sent.errors += batch.count;
    queue.remove(batch);
    this.client.hooks?.batchFailed?.(batch, error);
    this.#ledger.failed(batch, error);
    // The request may still be writing its bytes: reuse the buffer only after the response (KAFKA-19012).
    if (!batch.isInFlight) this.#recycle(batch);
    this.#settleInFlightOwner(queue);
    this.transaction?.recordsFailed(error);
  }

  gap(queue: PartitionQueue): void {
    queue.gap(this.client.clock.monotonic());
    if (this.identities.bump()) this.counters.epochBumps++;
  }

  /** Fails the batches of a queue: those that are not in flight, or all. */
  failBatches(queue: PartitionQueue, error: KafkaError, which: "unsent" | "all"): void {
    for (const batch of [...queue.batches])
      if (which === "all" || !batch.isInFlight) this.failed(queue, batch, withOutcome(batch, error));
  }

  /** Resolves when no request is in flight, not even one whose records have failed already. */
  quiet(): Promise<void> {
    return new Promise((resolve) => {
      this.#quietWaiters.push(resolve);
      this.#checkQuiet();
    });
  }

  /**
   * The broker refuses a batch of this size: its records are sent again in two batches. These keep its sequence
   * numbers, so that the batches behind it keep theirs. Later batches of the topic are at most half as large, because
   * the broker would refuse each larger one too.
   */
  split(queue: PartitionQueue, batch: ProducerBatch): void {
    this.#topics.get(queue.topic)?.tooLarge(batch.builder.sizeInBytes);
    this.counters.splits++;
    keepNumbers(batch, this.#divide(queue, batch, halves(batch)));
    queue.doubt(this.client.clock.monotonic());
  }

  /**
   * The broker refused the batch because of some of its records (KIP-467). Those fail, and the others are sent again.
   * Nothing was written. The numbers of the failed records leave a gap, so the rest is sent under a new epoch.
   */
  failRecords(queue: PartitionQueue, batch: ProducerBatch, refused: ReadonlySet<number>, error: KafkaError): void {
    const { identity, baseSequence } = batch;
    const [failing] = this.#divide(queue, batch, (index) => (refused.has(index) ? 0 : 1));
    queue.doubt(this.client.clock.monotonic());
    if (failing === undefined) return;
    failing.stamp(identity, baseSequence);
    this.failed(queue, failing, error);
  }

  released(queue: PartitionQueue, batch: ProducerBatch): void {
    this.#recycle(batch);
    this.#settleInFlightOwner(queue);
  }

  /**
   * Fails only the record whose promise this function settles, unless its batch was sent. Returns whether the record is
   * in this queue.
   */
  withdraw(queue: PartitionQueue, settle: Settle, error: KafkaError): boolean {
    const batch = queue.batches.find((one) => one.indexOf(settle) >= 0);
    if (batch === undefined) return false;
    if (batch.attempts > 0 || batch.isInFlight) return true;
    const isOpen = queue.open === batch;
    const withdrawn = batch.indexOf(settle);
    const [gone, rest] = this.#divide(queue, batch, (index) => (index === withdrawn ? 0 : 1));
    if (isOpen) queue.reopen(rest);
    if (gone !== undefined) this.failed(queue, gone, error);
    return true;
  }

  /** Replaces a batch that is not in flight with one or two others. */
  #divide(queue: PartitionQueue, batch: ProducerBatch, partOf: PartOf): readonly ProducerBatch[] {
    const parts = divide(batch, () => this.#builders.take(batch.builder.sizeInBytes), partOf).filter(
      (part) => part !== undefined,
    );
    queue.replace(batch, parts);
    this.#ledger.replace(batch, parts);
    batch.settled();
    this.#recycle(batch);
    return parts;
  }

  /** If the old leader has answered everything, the new one may be sent to. */
  #settleInFlightOwner(queue: PartitionQueue): void {
    if (queue.inFlight === 0 && queue.batches.length > 0) queue.sink?.kick();
    if (this.#quietWaiters.length > 0) this.#checkQuiet();
  }

  #checkQuiet(): void {
    if (this.#inFlight > 0) return;
    for (const resolve of this.#quietWaiters.splice(0)) resolve();
  }

  #recycle(batch: ProducerBatch): void {
    this.#free(batch.takeCounted());
    this.#builders.give(batch.builder);
  }
}

/** The same error for one batch, with an outcome that says whether it may have been written. */
function withOutcome(batch: ProducerBatch, error: KafkaError): KafkaError {
  const outcome = batch.isInFlight || batch.isUnsure ? "indefinite" : "notWritten";
  return new KafkaError(error.kind, error.message, {
    ...detailsOf(error),
    cause: error,
    outcome,
    topic: batch.topic,
    partition: batch.partition,
  });
}

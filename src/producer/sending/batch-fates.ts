import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { detailsOf, KafkaError } from "../../errors/kafka-error.ts";
import { BatchBuilder } from "../../records/batch-builder.ts";
import { ProducerBatch, type Settle } from "../partition/batch.ts";
import { divide, halves, keepNumbers, type PartOf } from "../partition/batch-division.ts";
import type { PartitionQueue } from "../partition/partition-queue.ts";
import type { Identities } from "../partition/producer-identity.ts";
import type { DeliveryLedger, ProducerCounters, SentCounters } from "./ledger.ts";
import type { SendingSettings } from "./sending-settings.ts";
import type { ProduceTransaction, SinkHost } from "./sink-host.ts";

/** What the fate of a batch changes in its topic. */
export interface SendingTopic {
  readonly partitions: readonly PartitionQueue[];
  readonly sent: SentCounters;
  /** A batch was sent, for the first time or again. */
  batchSent(batch: ProducerBatch, nowMs: number): void;
  /** The broker takes no batch of so many bytes. */
  tooLarge(bytes: number): void;
}

/** What a producer's transactions are told of batches. */
export interface SendingTransaction extends ProduceTransaction {
  /** A batch leaves. */
  sent(): void;
  recordsFailed(error: KafkaError): void;
}

/** What {@link BatchFates} needs of its producer. */
export interface BatchFatesParts {
  readonly client: ClusterClient;
  readonly settings: SendingSettings;
  readonly identities: Identities;
  readonly transaction: SendingTransaction | undefined;
  readonly ledger: DeliveryLedger;
  /** Gives back what was counted for records. */
  readonly free: (bytes: number) => void;
  /** The topics that records were sent to, by name. */
  readonly topics: ReadonlyMap<string, SendingTopic>;
  /** Nothing that was accepted can be sent. */
  readonly failAll: (error: KafkaError) => void;
}

/** Batch buffers that are kept for the next batches: as many as are under way at once, not more. */
const POOLED_BUILDERS = 32;

/** Does to batches, and to the queues that they lie in, what became of them. */
export class BatchFates implements SinkHost {
  readonly client: ClusterClient;
  readonly settings: SendingSettings;
  readonly identities: Identities;
  readonly transaction: SendingTransaction | undefined;
  readonly failAll: (error: KafkaError) => void;
  readonly #ledger: DeliveryLedger;
  readonly #free: (bytes: number) => void;
  readonly #topics: ReadonlyMap<string, SendingTopic>;
  readonly #builders: BatchBuilder[] = [];
  readonly #quietWaiters: (() => void)[] = [];
  readonly #recycleSettled = (batch: ProducerBatch): void => this.#recycle(batch);
  #batchId = 0;
  #urgent = 0;

  constructor(parts: BatchFatesParts) {
    this.client = parts.client;
    this.settings = parts.settings;
    this.identities = parts.identities;
    this.transaction = parts.transaction;
    this.failAll = parts.failAll;
    this.#ledger = parts.ledger;
    this.#free = parts.free;
    this.#topics = parts.topics;
  }

  get counters(): ProducerCounters {
    return this.#ledger.counters;
  }

  /** The id of the newest batch: what a flush waits for. */
  get lastBatchId(): number {
    return this.#batchId;
  }

  isUrgent(): boolean {
    return this.#urgent > 0;
  }

  /** Everything is sent without waiting for more, until what is returned is called. */
  hurry(): () => void {
    this.#urgent++;
    return () => {
      this.#urgent--;
    };
  }

  topicId(topic: string): string | undefined {
    return this.client.snapshot.topics.get(topic)?.topicId;
  }

  /** An empty batch at the end of a queue. */
  begin(queue: PartitionQueue, nowMs: number): ProducerBatch {
    const batch = new ProducerBatch(queue.topic, queue.partition, this.#newBuilder(), ++this.#batchId, nowMs);
    queue.begin(batch);
    this.#ledger.add(batch);
    return batch;
  }

  sent(batch: ProducerBatch, nowMs: number): void {
    this.#topics.get(batch.topic)?.batchSent(batch, nowMs);
    this.transaction?.sent();
    if (batch.attempts > 1) return;
    const { counters } = this;
    const queuedMs = nowMs - batch.createdMs;
    counters.queuedBatches++;
    counters.queuedMs += queuedMs;
    if (queuedMs > counters.maxQueuedMs) counters.maxQueuedMs = queuedMs;
  }

  succeeded(queue: PartitionQueue, batch: ProducerBatch, baseOffset: number, appendTimestamp: number): void {
    queue.remove(batch);
    this.#ledger.succeeded(batch, baseOffset, appendTimestamp, this.#recycleSettled);
    this.#settleInFlightOwner(queue);
  }

  /** A batch failed for good. If it had its numbers, there is now a gap, and the partition needs a new epoch. */
  failed(queue: PartitionQueue, batch: ProducerBatch, error: KafkaError): void {
    if (batch.isSettled) return; // with the transaction that one before it lost
    // Where the broker has written a later batch it does not wait for this one's numbers.
    if (batch.baseSequence >= 0 && !batch.isOvertaken && !queue.mustRestart) this.gap(queue);
    const topic = this.#topics.get(queue.topic);
    if (topic !== undefined) topic.sent.errors += batch.count;
    queue.remove(batch);
    this.#ledger.failed(batch, error);
    // Its bytes may still be on their way out: the buffer is used again only after the answer.
    if (!batch.isInFlight) this.#recycle(batch);
    this.#settleInFlightOwner(queue);
    this.transaction?.recordsFailed(error);
  }

  gap(queue: PartitionQueue): void {
    queue.gap(this.client.clock.monotonic());
    if (this.identities.bump()) this.counters.epochBumps++;
  }

  /** All batches of a queue fail that are not under way, or all that there are. */
  failBatches(queue: PartitionQueue, error: KafkaError, which: "unsent" | "all"): void {
    for (const batch of [...queue.batches])
      if (which === "all" || !batch.isInFlight) this.failed(queue, batch, withOutcome(batch, error));
  }

  /** Settles when no request is under way, also none whose records were given up. */
  quiet(): Promise<void> {
    return new Promise((resolve) => {
      this.#quietWaiters.push(resolve);
      this.#checkQuiet();
    });
  }

  /**
   * The broker takes no batch as large as this one: its records are sent again in two. They keep its numbers, so that
   * what stands behind it keeps its own. Later batches of the topic are made no larger than a half: every one would
   * make the same trip for nothing.
   */
  split(queue: PartitionQueue, batch: ProducerBatch): void {
    this.#topics.get(queue.topic)?.tooLarge(batch.builder.sizeInBytes);
    this.counters.splits++;
    keepNumbers(batch, this.#divide(queue, batch, halves(batch)));
    queue.doubt(this.client.clock.monotonic());
  }

  /**
   * The broker refused the batch for some of its records (KIP-467): they fail, the others are sent again. Nothing was
   * written; the numbers of those that fail leave a gap, so the rest goes under a new epoch.
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
   * The record that is awaited with this function fails alone, unless its batch was sent. Returns whether it is here.
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

  /** Puts two batches, or one, in the place of one that is not under way. */
  #divide(queue: PartitionQueue, batch: ProducerBatch, partOf: PartOf): readonly ProducerBatch[] {
    const parts = divide(batch, () => this.#newBuilder(), partOf).filter((part) => part !== undefined);
    queue.replace(batch, parts);
    this.#ledger.replace(batch, parts);
    batch.settled();
    this.#recycle(batch);
    return parts;
  }

  #newBuilder(): BatchBuilder {
    return this.#builders.pop() ?? new BatchBuilder(undefined, this.client.cluster.options.crc32c);
  }

  /** The old leader has answered: the new one may be sent to. */
  #settleInFlightOwner(queue: PartitionQueue): void {
    if (queue.inFlight === 0 && queue.batches.length > 0) queue.sink?.kick();
    if (this.#quietWaiters.length > 0) this.#checkQuiet();
  }

  #checkQuiet(): void {
    for (const topic of this.#topics.values()) for (const queue of topic.partitions) if (queue.inFlight > 0) return;
    for (const resolve of this.#quietWaiters.splice(0)) resolve();
  }

  #recycle(batch: ProducerBatch): void {
    this.#free(batch.takeCounted());
    batch.builder.reset();
    if (this.#builders.length < POOLED_BUILDERS) this.#builders.push(batch.builder);
  }
}

/** The same error for one batch, which may have been written. */
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

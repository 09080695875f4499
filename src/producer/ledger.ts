import { callUser } from "../cluster/user-callback.ts";
import { KafkaError, detailsOf } from "../errors/kafka-error.ts";
import type { LogLevel } from "../runtime/platform.ts";
import type { ProducerBatch } from "./batch.ts";
import type { Delivery } from "./delivery.ts";
import type { LossReport } from "./loss-report.ts";

/** What was sent of one topic, or of all: retries count again, as in Java. */
export interface SentCounters {
  records: number;
  batches: number;
  /** On the wire. */
  bytes: number;
  uncompressedBytes: number;
  /** Of records that failed for good. */
  errors: number;
  retriedRecords: number;
}

export function nothingSent(): SentCounters {
  return { records: 0, batches: 0, bytes: 0, uncompressedBytes: 0, errors: 0, retriedRecords: 0 };
}

/** What became of records, counted where it happens. */
export interface ProducerCounters {
  /** Records taken by `send` and `enqueue`. */
  accepted: number;
  acknowledged: number;
  failed: number;
  batches: number;
  requests: number;
  retries: number;
  epochBumps: number;
  /** Batches that the broker found too large, and that were sent again in two. Java: `batch-split-total`. */
  splits: number;
  /** How long batches waited from their first record until they were first sent, in ms, added up. Java: `record-queue-time`. */
  queuedMs: number;
  maxQueuedMs: number;
  /** How many batches that is of. */
  queuedBatches: number;
}

/** Someone who waits until all batches up to `lastId` have settled. */
interface FlushWaiter {
  readonly lastId: number;
  readonly resolve: () => void;
}

/** Knows which batches are unsettled, tells their fate once, and who is to be told of failures that nobody awaited. */
export class DeliveryLedger {
  readonly counters: ProducerCounters = { accepted: 0, acknowledged: 0, failed: 0, batches: 0, requests: 0, retries: 0, epochBumps: 0, splits: 0, queuedMs: 0, maxQueuedMs: 0, queuedBatches: 0 };
  readonly #onDelivery: ((delivery: Delivery) => void) | undefined;
  readonly #log: (level: LogLevel, message: string) => void;
  /** By rising id, since they are added in that order. */
  readonly #unsettled = new Set<ProducerBatch>();
  readonly #flushes = new Set<FlushWaiter>();
  readonly #report: LossReport | undefined;
  #unreported = 0;
  #firstError: KafkaError | undefined;

  /** `report`: logs what nobody waits for; none for a producer with transactions, whose commit tells. */
  constructor(onDelivery: ((delivery: Delivery) => void) | undefined, log: (level: LogLevel, message: string) => void, report?: LossReport) {
    this.#report = report;
    this.#onDelivery = onDelivery;
    this.#log = log;
  }

  get isFlushing(): boolean {
    return this.#flushes.size > 0;
  }

  get unsettled(): Iterable<ProducerBatch> {
    return this.#unsettled;
  }

  add(batch: ProducerBatch): void {
    this.counters.batches++;
    this.#unsettled.add(batch);
  }

  /** The batch's records are in these now, which stand where it stood: a flush that waits for it waits for them. */
  replace(batch: ProducerBatch, parts: readonly ProducerBatch[]): void {
    const inOrder = [...this.#unsettled].flatMap((other) => (other === batch ? parts : [other]));
    this.#unsettled.clear();
    for (const other of inOrder) this.#unsettled.add(other);
  }

  succeeded(batch: ProducerBatch, baseOffset: number, appendTimestamp: number): void {
    if (!this.#settle(batch)) return;
    this.counters.acknowledged += batch.count;
    this.#tell(batch, baseOffset, undefined);
    batch.succeed(baseOffset, appendTimestamp);
    this.#checkFlushes();
  }

  failed(batch: ProducerBatch, error: KafkaError): void {
    if (!this.#settle(batch)) return;
    this.counters.failed += batch.count;
    this.lost(batch.topic, batch.enqueuedCount, error, this.#onDelivery !== undefined);
    this.#tell(batch, -1, error);
    batch.fail(error);
    this.#checkFlushes();
  }

  /** Records that nobody awaits failed: the next flush or close says so, and the log unless `onDelivery` does. */
  lost(topic: string, count: number, error: KafkaError, isTold = false): void {
    if (count === 0) return;
    if (!isTold) this.#report?.lost(topic, count, error);
    this.#unreported += count;
    this.#firstError ??= error;
  }

  /** Settles when every batch up to `lastId` has. */
  settledUpTo(lastId: number): Promise<void> {
    return new Promise((resolve) => {
      this.#flushes.add({ lastId, resolve });
      this.#checkFlushes();
    });
  }

  /** The failures since they were last taken, as one error: how many records, and the first reason. */
  takeFailure(): KafkaError | undefined {
    const error = this.#firstError;
    const count = this.#unreported;
    this.#unreported = 0;
    this.#firstError = undefined;
    if (error === undefined) return undefined;
    return new KafkaError(error.kind, `${count} enqueued records were not delivered; the first error was: ${error.message}`, { ...detailsOf(error), cause: error });
  }

  #settle(batch: ProducerBatch): boolean {
    if (batch.isSettled) return false;
    batch.isSettled = true;
    this.#unsettled.delete(batch);
    return true;
  }

  #tell(batch: ProducerBatch, baseOffset: number, error: KafkaError | undefined): void {
    if (this.#onDelivery === undefined) return;
    const { topic, partition, count } = batch;
    callUser("onDelivery", this.#onDelivery, { topic, partition, baseOffset, count, records: batch.records(baseOffset), ...(error === undefined ? {} : { error }) }, this.#log);
  }

  #checkFlushes(): void {
    if (this.#flushes.size === 0) return;
    const [oldest] = this.#unsettled;
    for (const flush of this.#flushes) {
      if (oldest !== undefined && oldest.id <= flush.lastId) continue;
      this.#flushes.delete(flush);
      flush.resolve();
    }
  }
}

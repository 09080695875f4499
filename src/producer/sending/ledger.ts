import { callUser } from "../../cluster/user-callback.ts";
import { counted } from "../../errors/counted.ts";
import { KafkaError, detailsOf } from "../../errors/kafka-error.ts";
import type { LogLevel } from "../../runtime/platform.ts";
import type { BytesView } from "../../records/bytes-view.ts";
import type { JobRunner, PacedJob } from "../../runtime/paced-work.ts";
import { type BatchFate, BatchSettlement, type ProducerBatch, WRITTEN_SOMEWHERE } from "../partition/batch.ts";
import type { Delivery } from "../partition/delivery.ts";
import type { LossReport } from "./loss-report.ts";

/** Counts of the records sent to one topic, or to all topics. As in Java, a retry counts again. */
export interface SentCounters {
  records: number;
  batches: number;
  /** The bytes of the batches as sent, after compression. */
  bytes: number;
  uncompressedBytes: number;
  /** Records that failed for good. */
  errors: number;
  retriedRecords: number;
}

/** Counters that are all 0. */
export function nothingSent(): SentCounters {
  return { records: 0, batches: 0, bytes: 0, uncompressedBytes: 0, errors: 0, retriedRecords: 0 };
}

/** Counts of a producer's records since it was created. */
export interface ProducerCounters {
  /** Records accepted by `send` and `enqueue`. */
  accepted: number;
  /** Records that were written. */
  acknowledged: number;
  /** Records that failed, whatever their outcome. */
  failed: number;
  /** Batches that were begun; each counts once, however often it is sent. */
  batches: number;
  /** Produce requests that were sent. */
  requests: number;
  /** Batches that were sent again. */
  retries: number;
  /** How often the producer took a new epoch because a sequence had a gap (KIP-360). */
  epochBumps: number;
  /** Batches that the broker found too large, and that were sent again as two. Java: `batch-split-total`. */
  splits: number;
  /** The sum of the times, in ms, from a batch's first record until it was first sent. Java: `record-queue-time`. */
  queuedMs: number;
  /** The longest of these times, in ms. Java: `record-queue-time-max`. */
  maxQueuedMs: number;
  /** The number of batches in this sum. */
  queuedBatches: number;
}

/** A `flush` that waits until all batches up to `lastId` have settled. */
interface FlushWaiter {
  readonly lastId: number;
  readonly resolve: () => void;
}

/** The parts of a producer that a {@link DeliveryLedger} uses. */
export interface DeliveryLedgerOptions {
  readonly onDelivery: ((delivery: Delivery) => void) | undefined;
  readonly log: (level: LogLevel, message: string) => void;
  readonly paced: JobRunner;
  /** Logs losses that no promise reports. Undefined for a transactional producer: there the commit reports them. */
  readonly report: LossReport | undefined;
  readonly bytesView: BytesView | undefined;
}

/**
 * Keeps the batches that are not settled, reports each result once, and remembers the failures of records without a
 * promise for `flush` and `close`.
 */
export class DeliveryLedger {
  readonly counters: ProducerCounters = {
    accepted: 0,
    acknowledged: 0,
    failed: 0,
    batches: 0,
    requests: 0,
    retries: 0,
    epochBumps: 0,
    splits: 0,
    queuedMs: 0,
    maxQueuedMs: 0,
    queuedBatches: 0,
  };
  readonly #onDelivery: ((delivery: Delivery) => void) | undefined;
  readonly #log: (level: LogLevel, message: string) => void;
  readonly #paced: JobRunner;
  readonly #bytesView: BytesView | undefined;
  /** In the order of their ids, since they are added in that order. */
  readonly #unsettled = new Set<ProducerBatch>();
  /**
   * Jobs that are still settling promises. A flush waits for those of its batches, and for those of records that are in
   * no batch.
   */
  readonly #settling = new Set<PacedJob>();
  readonly #flushes = new Set<FlushWaiter>();
  readonly #report: LossReport | undefined;
  #unreported = 0;
  #firstError: KafkaError | undefined;

  constructor({ onDelivery, log, paced, report, bytesView }: DeliveryLedgerOptions) {
    this.#report = report;
    this.#onDelivery = onDelivery;
    this.#log = log;
    this.#paced = paced;
    this.#bytesView = bytesView;
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

  /**
   * The records of the batch are now in these parts, which take its place. A flush that waits for the batch waits for
   * them.
   */
  replace(batch: ProducerBatch, parts: readonly ProducerBatch[]): void {
    const inOrder = [...this.#unsettled].flatMap((other) => (other === batch ? parts : [other]));
    this.#unsettled.clear();
    for (const other of inOrder) this.#unsettled.add(other);
  }

  /**
   * `settled` is called when all promises are settled; only then is the batch's memory free. If it were freed earlier,
   * records would come in faster than promises settle.
   */
  succeeded(batch: ProducerBatch, fate: BatchFate, settled: (batch: ProducerBatch) => void): void {
    if (!this.#settle(batch)) {
      settled(batch);
      return;
    }
    this.counters.acknowledged += batch.count;
    this.#tell(batch, fate.baseOffset, undefined);
    this.#settlePromises(batch, fate, settled);
  }

  failed(batch: ProducerBatch, error: KafkaError): void {
    if (!this.#settle(batch)) return;
    this.counters.failed += batch.count;
    this.lost(batch.topic, batch.enqueuedCount, error, this.#onDelivery !== undefined);
    this.#tell(batch, -1, error);
    this.#settlePromises(batch, { ...WRITTEN_SOMEWHERE, error }, undefined);
  }

  /** Runs a job that settles promises of records that are in no batch, in turn with the other jobs. */
  settle(job: PacedJob): void {
    const counted: PacedJob = {
      some: (limit) => job.some(limit),
      ended: () => {
        this.#settling.delete(counted);
        this.#checkFlushes();
      },
    };
    this.#settling.add(counted);
    this.#paced.run(counted);
  }

  /**
   * Records without a promise failed: the next flush or close reports them, and so does the log, unless `onDelivery`
   * did.
   */
  lost(topic: string, count: number, error: KafkaError, isTold = false): void {
    if (count === 0) return;
    if (!isTold) this.#report?.lost(topic, count, error);
    this.#unreported += count;
    this.#firstError ??= error;
  }

  /** Resolves when every batch up to `lastId` has settled. */
  settledUpTo(lastId: number): Promise<void> {
    return new Promise((resolve) => {
      this.#flushes.add({ lastId, resolve });
      this.#checkFlushes();
    });
  }

  /** Returns the failures since the last call as one error: how many records, and the first reason. */
  takeFailure(): KafkaError | undefined {
    const error = this.#firstError;
    const count = this.#unreported;
    this.#unreported = 0;
    this.#firstError = undefined;
    if (error === undefined) return undefined;
    return new KafkaError(
      error.kind,
      `${counted(count, "enqueued record was", "enqueued records were")} not delivered; the first error was: ` +
        error.message,
      { ...detailsOf(error), cause: error },
    );
  }

  /** Settles the promises of `send`, after those of earlier batches. */
  #settlePromises(batch: ProducerBatch, fate: BatchFate, settled: ((batch: ProducerBatch) => void) | undefined): void {
    if (!batch.isAwaited) {
      settled?.(batch);
      this.#checkFlushes();
      return;
    }
    const job = new BatchSettlement(batch, fate, (self) => {
      this.#settling.delete(self);
      settled?.(batch);
      this.#checkFlushes();
    });
    this.#settling.add(job);
    this.#paced.run(job);
  }

  #settle(batch: ProducerBatch): boolean {
    if (batch.isSettled) return false;
    batch.settled();
    this.#unsettled.delete(batch);
    return true;
  }

  #tell(batch: ProducerBatch, baseOffset: number, error: KafkaError | undefined): void {
    if (this.#onDelivery === undefined) return;
    const { topic, partition, count } = batch;
    callUser(
      "onDelivery",
      this.#onDelivery,
      {
        topic,
        partition,
        baseOffset,
        count,
        records: batch.records(baseOffset, this.#bytesView),
        ...(error === undefined ? {} : { error }),
      },
      this.#log,
    );
  }

  #checkFlushes(): void {
    if (this.#flushes.size === 0) return;
    const [first] = this.#unsettled;
    let oldest = first?.id ?? Number.POSITIVE_INFINITY;
    for (const job of this.#settling)
      oldest = Math.min(oldest, job instanceof BatchSettlement ? job.batch.id : Number.NEGATIVE_INFINITY);
    for (const flush of this.#flushes) {
      if (oldest <= flush.lastId) continue;
      this.#flushes.delete(flush);
      flush.resolve();
    }
  }
}

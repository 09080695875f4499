import { counted } from "../../errors/counted.ts";
import { detailsOf, KafkaError } from "../../errors/kafka-error.ts";
import type { ProducerBatch, ProducerIdentity } from "./batch.ts";
import { Sequencer } from "./sequencer.ts";

/** What sends a partition's batches, as its queue knows it. */
export interface QueueSink {
  readonly nodeId: number;
  readonly queues: Set<PartitionQueue>;
  /** There may be something to send. */
  kick(): void;
  /** Whether batches have been ready for so long, and none was taken. */
  isStalled(timeoutMs: number, nowMs: number): boolean;
}

/**
 * A partition that got no batch for this long proves itself again. Brokers forget idle producers
 * (`producer.id.expiration.ms`), and one request alone after a pause costs nothing that could be measured.
 */
const PROOF_MS = 1000;
const NONE: readonly ProducerBatch[] = [];

/**
 * The batches of one partition, in order: some under way, some to be sent again, some that wait, and the open one at
 * the end. A leader change moves the queue to another sink; nothing else moves.
 */
export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  readonly sequencer: Sequencer;
  readonly batches: ProducerBatch[] = [];
  /** The last batch while records may still be added to it. */
  open: ProducerBatch | undefined;
  sink: QueueSink | undefined;
  /** The sink that has the batches under way: a new leader must wait until the old one has answered. */
  inFlightOn: QueueSink | undefined;
  inFlight = 0;
  /** After a failure: nothing is sent before this time. */
  notBeforeMs = 0;
  /** Whether it must be made part of the transaction before anything is sent to it. */
  awaitsTransaction = false;
  /**
   * Whether the present leader wrote a batch under the present producer id and epoch, and nothing went wrong since.
   * Until then one batch is in flight. A broker accepts any first sequence from a producer that it does not know: with
   * two in flight the broker could refuse the first (it has just become leader, or a replica is missing) and write the
   * second, and the first could only be written behind it. (franz-go issue 223.)
   */
  #isProven = false;
  #lastSentMs = 0;

  constructor(topic: string, partition: number, sequencer: Sequencer = new Sequencer()) {
    this.sequencer = sequencer;
    this.topic = topic;
    this.partition = partition;
  }

  /** The batch that would be sent next: the first that is not under way. */
  next(): ProducerBatch | undefined {
    for (const batch of this.batches) if (!batch.isInFlight && !batch.isSettled) return batch;
    return undefined;
  }

  /** Whether the partition's state lets a batch be sent by `sink` now. */
  maySend(sink: QueueSink, nowMs: number): boolean {
    if (this.sink !== sink || nowMs < this.notBeforeMs || this.awaitsTransaction) return false;
    if (this.inFlight === 0) return true;
    // A gap is being closed, or the old leader has not answered: order would be lost.
    return this.#isProven && !this.sequencer.mustRestart && this.inFlightOn === sink;
  }

  /** Something was refused or broke, or the leader is another: one batch at a time until one is written. */
  doubt(): void {
    this.#isProven = false;
  }

  /**
   * The broker wrote the batch. Only the oldest batch that is not acknowledged proves the leader: a success behind a
   * refused batch says that the broker did not know the producer, and took what came next for the beginning. Returns
   * the batches that must fail because they were overtaken in that way; those that may have been written are sent again
   * under their own numbers, which the broker recognises.
   */
  written(batch: ProducerBatch, sink: QueueSink): readonly ProducerBatch[] {
    const at = this.batches.indexOf(batch);
    if (at <= 0) {
      this.#isProven = this.sink === sink;
      return NONE;
    }
    // Without sequences nothing is promised about the order.
    if ((batch.identity?.producerId ?? -1) < 0) return NONE;
    const overtaken = this.batches.slice(0, at);
    for (const other of overtaken) other.isOvertaken = true;
    return overtaken.filter((other) => !other.isUnsure && !other.isInFlight);
  }

  /** Whether a batch is waiting behind the open one, or is the open one and full. */
  isFull(batchSize: number): boolean {
    const next = this.next();
    return next !== undefined && (next !== this.open || next.builder.sizeInBytes >= batchSize);
  }

  /**
   * Numbers the next batch for sending. Answers the batches that must fail instead: under a new epoch nothing is sent
   * again whose outcome is unknown.
   */
  prepare(batch: ProducerBatch, current: ProducerIdentity): readonly ProducerBatch[] {
    if (this.open === batch) this.open = undefined;
    const unsure: ProducerBatch[] = [];
    if (this.sequencer.mustRestart && this.inFlight === 0) {
      for (const other of this.batches) {
        if (other.isUnsure) unsure.push(other);
        else other.identity = undefined;
      }
    }
    if (unsure.length > 0) return unsure;
    if (this.sequencer.adopt(current, this.batches.filter((other) => other.identity !== undefined).length))
      this.doubt();
    this.sequencer.stamp(batch);
    return [];
  }

  sent(batch: ProducerBatch, sink: QueueSink, nowMs: number): void {
    if (this.inFlight === 0 && nowMs >= this.#lastSentMs + PROOF_MS) this.doubt();
    this.#lastSentMs = nowMs;
    batch.isInFlight = true;
    batch.attempts++;
    this.inFlight++;
    this.inFlightOn = sink;
  }

  /** The response (or its failure) came. */
  answered(batch: ProducerBatch): void {
    batch.isInFlight = false;
    this.inFlight--;
  }

  /** The batch's records are in these now. */
  replace(batch: ProducerBatch, parts: readonly ProducerBatch[]): void {
    if (this.open === batch) this.open = parts.at(-1);
    this.batches.splice(this.batches.indexOf(batch), 1, ...parts);
  }

  remove(batch: ProducerBatch): void {
    if (this.open === batch) this.open = undefined;
    const at = this.batches.indexOf(batch);
    if (at >= 0) this.batches.splice(at, 1);
  }

  /**
   * Whether a batch before this one has not been written: then the broker must refuse this one, and it is sent again
   * after.
   */
  isBehindAnother(batch: ProducerBatch): boolean {
    return this.batches[0] !== batch;
  }

  /** The error for a batch that the broker must not write any more, since it has written a later one. */
  overtaken(batch: ProducerBatch, error: KafkaError | undefined = batch.lastError): KafkaError {
    const { topic, partition } = this;
    const outcome = batch.isUnsure ? "indefinite" : "notWritten";
    const last = error === undefined ? "" : `; the last error was: ${error.message}`;
    const message =
      `cannot write ${counted(batch.count, "record")} to ${topic}-${partition}: the broker has written later ` +
      `records of this partition, and these would be written behind them${last}; send them again if their order ` +
      "does not matter";
    return new KafkaError(error?.kind ?? "timeout", message, {
      ...(error === undefined ? {} : detailsOf(error)),
      cause: error,
      retriable: false,
      outcome,
      topic,
      partition,
    });
  }

  /** The error for a batch whose time is over. */
  expiry(batch: ProducerBatch, deliveryTimeoutMs: number): KafkaError {
    const outcome = batch.isUnsure || batch.isInFlight ? "indefinite" : "notWritten";
    const last =
      batch.lastError === undefined
        ? batch.attempts === 0
          ? "; it was never sent: no leader could be reached"
          : ""
        : `; the last error was: ${batch.lastError.message}`;
    return new KafkaError(
      "timeout",
      `${batch.count} records for ${this.topic}-${this.partition} were not acknowledged within deliveryTimeoutMs ` +
        `(${deliveryTimeoutMs} ms) in ${batch.attempts} tries${last}`,
      { outcome, cause: batch.lastError, topic: this.topic, partition: this.partition },
    );
  }
}

import { counted } from "../../errors/counted.ts";
import { detailsOf, KafkaError } from "../../errors/kafka-error.ts";
import type { ProducerBatch } from "./batch.ts";
import {
  FRESH,
  maySend,
  mustRestart,
  notBefore,
  type PartitionEvent,
  type PartitionState,
  transition,
} from "./partition-state.ts";
import type { ProducerIdentity } from "./producer-identity.ts";
import { sequenceAfter, Sequencer } from "./sequencer.ts";

/** What sends a partition's batches, as its queue knows it. */
export interface QueueSink {
  readonly nodeId: number;
  /** It sends the queue's batches from now on. */
  take(queue: PartitionQueue): void;
  /** It sends them no more. */
  leave(queue: PartitionQueue): void;
  /** There may be something to send. */
  kick(): void;
  /** Whether batches have been ready for so long, and none was taken. */
  isStalled(timeoutMs: number, nowMs: number): boolean;
}

/** Told of an event that the partition's state does not take, and of numbers that cannot be: a fault of the client. */
export type ReportFault = (what: string) => void;

const NONE: readonly ProducerBatch[] = [];

/**
 * The batches of one partition, in order: some under way, some to be sent again, some that wait, and the open one at
 * the end. What may be sent is decided by `partition-state`; this class keeps the batches that belong to it.
 */
export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  readonly sequencer: Sequencer;
  readonly #batches: ProducerBatch[] = [];
  readonly #fault: ReportFault;
  #open: ProducerBatch | undefined;
  #sink: QueueSink | undefined;
  /** The sink that has the batches under way. */
  #inFlightOn: QueueSink | undefined;
  #state: PartitionState = FRESH;

  constructor(topic: string, partition: number, fault: ReportFault, sequencer: Sequencer = new Sequencer()) {
    this.sequencer = sequencer;
    this.topic = topic;
    this.partition = partition;
    this.#fault = fault;
  }

  /** All of them that are not acknowledged, in order. */
  get batches(): readonly ProducerBatch[] {
    return this.#batches;
  }

  /** The last batch while records may still be added to it. */
  get open(): ProducerBatch | undefined {
    return this.#open;
  }

  /** What sends its batches; undefined while no leader is known. */
  get sink(): QueueSink | undefined {
    return this.#sink;
  }

  /** How many batches are under way. */
  get inFlight(): number {
    return this.#state.inFlight;
  }

  /** After a failure: nothing is sent before this time. */
  get notBeforeMs(): number {
    return notBefore(this.#state);
  }

  /** Whether it must be made part of the transaction before anything is sent to it. */
  get awaitsTransaction(): boolean {
    return this.#state.name === "awaiting-transaction";
  }

  /** Whether what is sent next needs a new epoch. */
  get mustRestart(): boolean {
    return mustRestart(this.#state);
  }

  /** A batch was begun: records are added to it. */
  begin(batch: ProducerBatch): void {
    this.#batches.push(batch);
    this.#open = batch;
  }

  /** Its leader is another, or none is known. */
  moveTo(sink: QueueSink | undefined, nowMs: number): void {
    if (sink === this.#sink) return;
    this.#sink?.leave(this);
    this.#sink = sink;
    sink?.take(this);
    this.#move({ name: "moved", isBack: sink !== undefined && sink === this.#inFlightOn }, nowMs);
  }

  /** The batch that would be sent next: the first that is not under way. */
  next(): ProducerBatch | undefined {
    for (const batch of this.#batches) if (!batch.isInFlight && !batch.isSettled) return batch;
    return undefined;
  }

  /** Whether the partition's state lets a batch be sent by `sink` now. */
  maySend(sink: QueueSink, nowMs: number): boolean {
    return this.#sink === sink && maySend(this.#state, nowMs);
  }

  /** The broker may have forgotten this producer: one batch at a time until one is written. */
  doubt(nowMs: number): void {
    this.#move({ name: "doubted" }, nowMs);
  }

  /** A batch was refused, or its request broke: it is sent again, not before this time. */
  refused(notBeforeMs: number, nowMs: number): void {
    this.#move({ name: "refused", notBeforeMs }, nowMs);
  }

  /** What follows needs a new epoch: a numbered batch failed for good, or the broker lost count. */
  gap(nowMs: number): void {
    this.#move({ name: "gap" }, nowMs);
  }

  /** Nothing is sent until the coordinator has added the partition to the transaction. */
  awaitTransaction(nowMs: number): void {
    this.#move({ name: "enlisted" }, nowMs);
  }

  /** It is a part of the transaction, or need not be added. */
  added(nowMs: number): void {
    if (this.awaitsTransaction) this.#move({ name: "added" }, nowMs);
  }

  /**
   * The broker wrote the batch. Only the oldest batch that is not acknowledged proves the leader: a success behind a
   * refused batch says that the broker did not know the producer, and took what came next for the beginning. Returns
   * the batches that must fail because they were overtaken in that way; those that may have been written are sent again
   * under their own numbers, which the broker recognises.
   */
  written(batch: ProducerBatch, sink: QueueSink, nowMs: number): readonly ProducerBatch[] {
    const at = this.#batches.indexOf(batch);
    if (at <= 0) {
      if (this.#sink === sink && !this.awaitsTransaction) this.#move({ name: "proven" }, nowMs);
      return NONE;
    }
    // Without sequences nothing is promised about the order.
    if ((batch.identity?.producerId ?? -1) < 0) return NONE;
    const overtaken = this.#batches.slice(0, at);
    for (const other of overtaken) other.overtake();
    return overtaken.filter((other) => !other.isUnsure && !other.isInFlight);
  }

  /** Whether a batch is waiting behind the open one, or is the open one and full. */
  isFull(batchSize: number): boolean {
    const next = this.next();
    return next !== undefined && (next !== this.#open || next.builder.sizeInBytes >= batchSize);
  }

  /**
   * Numbers the next batch for sending. Answers the batches that must fail instead: under a new epoch nothing is sent
   * again whose outcome is unknown.
   */
  prepare(batch: ProducerBatch, current: ProducerIdentity, nowMs: number): readonly ProducerBatch[] {
    if (this.#open === batch) this.#open = undefined;
    const unsure: ProducerBatch[] = [];
    if (this.mustRestart && this.inFlight === 0) {
      for (const other of this.#batches) {
        if (other.isUnsure) unsure.push(other);
        else other.stamp(undefined, -1);
      }
    }
    if (unsure.length > 0) return unsure;
    if (this.sequencer.adopt(current, this.#batches.filter((other) => other.identity !== undefined).length))
      this.#move({ name: "renumbered" }, nowMs);
    this.sequencer.stamp(batch);
    return NONE;
  }

  sent(batch: ProducerBatch, sink: QueueSink, nowMs: number): void {
    this.#move({ name: "sent" }, nowMs);
    batch.sent();
    this.#inFlightOn = sink;
    if (this.inFlight > 1) this.#checkNumbers();
  }

  /** The response (or its failure) came. */
  answered(batch: ProducerBatch, nowMs: number): void {
    batch.answered();
    this.#move({ name: "answered" }, nowMs);
  }

  /** The batch's records are in these now. */
  replace(batch: ProducerBatch, parts: readonly ProducerBatch[]): void {
    if (this.#open === batch) this.#open = parts.at(-1);
    this.#batches.splice(this.#batches.indexOf(batch), 1, ...parts);
  }

  /** Records are added to no batch any more, or to this one, which is the last. */
  reopen(batch: ProducerBatch | undefined): void {
    this.#open = batch;
  }

  remove(batch: ProducerBatch): void {
    if (this.#open === batch) this.#open = undefined;
    const at = this.#batches.indexOf(batch);
    if (at >= 0) this.#batches.splice(at, 1);
  }

  #move(event: PartitionEvent, nowMs: number): void {
    const next = transition(this.#state, event, nowMs);
    if (next === undefined)
      this.#fault(
        `${this.topic}-${this.partition} is ${this.#state.name} with ${this.inFlight} under way: ${event.name}`,
      );
    else this.#state = next;
  }

  /**
   * Of batches that are under way together each follows the one before it. They are the first of the queue. Behind one
   * that was overtaken some are written, and gone.
   */
  #checkNumbers(): void {
    let expected = -1;
    for (const { isInFlight, isOvertaken, baseSequence, count } of this.#batches) {
      if (!isInFlight || baseSequence < 0) return;
      if (expected >= 0 && baseSequence !== expected)
        this.#fault(`${this.topic}-${this.partition}: sequence ${baseSequence} is under way where ${expected} follows`);
      expected = isOvertaken ? -1 : sequenceAfter(baseSequence, count);
    }
  }

  /**
   * Whether a batch before this one has not been written: then the broker must refuse this one, and it is sent again
   * after.
   */
  isBehindAnother(batch: ProducerBatch): boolean {
    return this.#batches[0] !== batch;
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

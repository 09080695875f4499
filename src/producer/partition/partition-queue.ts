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

/** The sender of a partition's batches, as its queue sees it. */
export interface QueueSink {
  readonly nodeId: number;
  /** Called when this sink sends the queue's batches from now on. */
  take(queue: PartitionQueue): void;
  /** Called when this sink no longer sends the queue's batches. */
  leave(queue: PartitionQueue): void;
  /** Called when the queue gets its first batch. */
  filled(queue: PartitionQueue): void;
  /** Called when the queue has no batch any more. */
  emptied(queue: PartitionQueue): void;
  /** Called when the queue has got another batch, with its first record. */
  begun(queue: PartitionQueue): void;
  /** Called when there may be something to send. */
  kick(): void;
  /** Whether a batch has been ready for `timeoutMs` while none was sent. */
  isStalled(timeoutMs: number, nowMs: number): boolean;
}

/** Called for a bug of the client: an event that is illegal in the partition's state, or a wrong sequence number. */
export type ReportFault = (what: string) => void;

const NONE: readonly ProducerBatch[] = [];

/**
 * The unacknowledged batches of one partition, in order: those in flight, those to send again, those that wait, and the
 * open one at the end. `partition-state` decides what may be sent; this class keeps the batches.
 */
export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  readonly sequencer: Sequencer;
  readonly #batches: ProducerBatch[] = [];
  readonly #fault: ReportFault;
  #open: ProducerBatch | undefined;
  #openPlain: ProducerBatch | undefined;
  #sink: QueueSink | undefined;
  /** The sink through which batches are in flight. */
  #inFlightOn: QueueSink | undefined;
  #state: PartitionState = FRESH;
  #expectedBytes = 0;

  constructor(topic: string, partition: number, fault: ReportFault, sequencer: Sequencer = new Sequencer()) {
    this.sequencer = sequencer;
    this.topic = topic;
    this.partition = partition;
    this.#fault = fault;
  }

  /** All batches that are not acknowledged, in order. */
  get batches(): readonly ProducerBatch[] {
    return this.#batches;
  }

  /** The last batch, while records can still be added to it. */
  get open(): ProducerBatch | undefined {
    return this.#open;
  }

  /** The same, if its records have the settings of the producer. */
  get openPlain(): ProducerBatch | undefined {
    return this.#openPlain;
  }

  /** The sink that sends its batches; undefined while no leader is known. */
  get sink(): QueueSink | undefined {
    return this.#sink;
  }

  /** The size that the next batch will probably have, by the last ones; 0 if there were none. */
  get expectedBytes(): number {
    return this.#expectedBytes;
  }

  /** How many batches are in flight. */
  get inFlight(): number {
    return this.#state.inFlight;
  }

  /** After a failure: the time before which nothing is sent. */
  get notBeforeMs(): number {
    return notBefore(this.#state);
  }

  /** Whether the partition must be added to the transaction before anything is sent to it. */
  get awaitsTransaction(): boolean {
    return this.#state.name === "awaiting-transaction";
  }

  /** Whether the next batch needs a new epoch. */
  get mustRestart(): boolean {
    return mustRestart(this.#state);
  }

  /** Adds a new batch, to which records will be added. */
  begin(batch: ProducerBatch): void {
    this.#batches.push(batch);
    this.reopen(batch);
    if (this.#batches.length === 1) this.#sink?.filled(this);
  }

  /** The leader has changed, or is unknown. */
  moveTo(sink: QueueSink | undefined, nowMs: number): void {
    if (sink === this.#sink) return;
    this.#sink?.leave(this);
    this.#sink = sink;
    sink?.take(this);
    this.#move({ name: "moved", isBack: sink !== undefined && sink === this.#inFlightOn }, nowMs);
  }

  /** The batch to send next: the first that is not in flight. */
  next(): ProducerBatch | undefined {
    for (const batch of this.#batches) if (!batch.isInFlight && !batch.isSettled) return batch;
    return undefined;
  }

  /** Whether the partition's state allows `sink` to send a batch now. */
  maySend(sink: QueueSink, nowMs: number): boolean {
    return this.#sink === sink && maySend(this.#state, nowMs);
  }

  /** The broker may have forgotten this producer: send one batch at a time until one is written. */
  doubt(nowMs: number): void {
    this.#move({ name: "doubted" }, nowMs);
  }

  /** A batch was refused, or its request failed: it is sent again, not before this time. */
  refused(notBeforeMs: number, nowMs: number): void {
    this.#move({ name: "refused", notBeforeMs }, nowMs);
  }

  /** The next batch needs a new epoch: a numbered batch failed for good, or the broker lost the sequence. */
  gap(nowMs: number): void {
    this.#move({ name: "gap" }, nowMs);
  }

  /** Nothing is sent until the coordinator has added the partition to the transaction. */
  awaitTransaction(nowMs: number): void {
    this.#move({ name: "enlisted" }, nowMs);
  }

  /** The partition is part of the transaction, or need not be added. */
  added(nowMs: number): void {
    if (this.awaitsTransaction) this.#move({ name: "added" }, nowMs);
  }

  /**
   * The broker wrote the batch; returns the earlier batches that must fail because this one overtook them. Only the
   * oldest unacknowledged batch proves that the leader knows the producer. A success behind a refused batch means that
   * the broker did not know the producer, and took this batch for its first. The refused batches must then fail, except
   * those that may have been written: they are sent again under their own numbers, which the broker recognises.
   */
  written(batch: ProducerBatch, sink: QueueSink, nowMs: number): readonly ProducerBatch[] {
    const at = this.#batches.indexOf(batch);
    if (at <= 0) {
      if (this.#sink === sink && !this.awaitsTransaction) this.#move({ name: "proven" }, nowMs);
      return NONE;
    }
    // Without sequence numbers, no order is promised.
    if ((batch.identity?.producerId ?? -1) < 0) return NONE;
    const overtaken = this.#batches.slice(0, at);
    for (const other of overtaken) other.overtake();
    return overtaken.filter((other) => !other.isUnsure && !other.isInFlight);
  }

  /** Whether the next batch is full, or another one waits behind it. */
  isFull(batchSize: number): boolean {
    const next = this.next();
    return next !== undefined && (next !== this.#open || next.builder.sizeInBytes >= batchSize);
  }

  /**
   * Gives the next batch its sequence numbers before it is sent. Returns the batches that must fail instead: a batch
   * whose outcome is unknown is never sent again under a new epoch.
   */
  prepare(batch: ProducerBatch, current: ProducerIdentity, nowMs: number): readonly ProducerBatch[] {
    if (this.#open === batch) this.reopen(undefined);
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
    // One small batch, after a pause, says little about the next one.
    this.#expectedBytes = Math.max(batch.builder.sizeInBytes, this.#expectedBytes >> 1);
    this.#inFlightOn = sink;
    if (this.inFlight > 1) this.#checkNumbers();
  }

  /** The response arrived, or the request failed. */
  answered(batch: ProducerBatch, nowMs: number): void {
    batch.answered();
    this.#move({ name: "answered" }, nowMs);
  }

  /** Puts these parts in the place of the batch. */
  replace(batch: ProducerBatch, parts: readonly ProducerBatch[]): void {
    if (this.#open === batch) this.reopen(parts.at(-1));
    this.#batches.splice(this.#batches.indexOf(batch), 1, ...parts);
    if (this.#batches.length === 0) this.#sink?.emptied(this);
  }

  /** Makes the last batch the open one; with undefined, no batch is open. */
  reopen(batch: ProducerBatch | undefined): void {
    this.#open = batch;
    this.#openPlain = batch?.settings === undefined ? batch : undefined;
  }

  remove(batch: ProducerBatch): void {
    if (this.#open === batch) this.reopen(undefined);
    const at = this.#batches.indexOf(batch);
    if (at >= 0) this.#batches.splice(at, 1);
    if (this.#batches.length === 0) this.#sink?.emptied(this);
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
   * Checks that the numbers of the batches in flight follow each other. These batches are the first of the queue.
   * Behind an overtaken batch there may be gaps, since some batches were written and removed.
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
   * Whether an earlier batch is not written yet. The broker must then refuse this one, and it is sent again after the
   * earlier one.
   */
  isBehindAnother(batch: ProducerBatch): boolean {
    return this.#batches[0] !== batch;
  }

  /** The error for a batch that must not be written any more, because the broker has written a later one. */
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

  /** The error for a batch whose delivery timeout is over. */
  expiry(batch: ProducerBatch, deliveryTimeoutMs: number): KafkaError {
    return this.#givenUp(batch, `within deliveryTimeoutMs (${deliveryTimeoutMs} ms)`);
  }

  /** The error for a batch that must not be sent again: its time is over, or its tries. Undefined: it may be. */
  giveUp(
    batch: ProducerBatch,
    { deliveryTimeoutMs, retries }: { readonly deliveryTimeoutMs: number; readonly retries: number },
    nowMs: number,
  ): KafkaError | undefined {
    if (nowMs >= batch.createdMs + deliveryTimeoutMs) return this.expiry(batch, deliveryTimeoutMs);
    return batch.attempts > retries ? this.#givenUp(batch, `with retries: ${retries},`) : undefined;
  }

  #givenUp(batch: ProducerBatch, limit: string): KafkaError {
    const outcome = batch.isUnsure || batch.isInFlight ? "indefinite" : "notWritten";
    const last =
      batch.lastError === undefined
        ? batch.attempts === 0
          ? "; it was never sent: no leader could be reached"
          : ""
        : `; the last error was: ${batch.lastError.message}`;
    return new KafkaError(
      "timeout",
      `cannot write ${counted(batch.count, "record")} to ${this.topic}-${this.partition}: not acknowledged ${limit} ` +
        `after ${counted(batch.attempts, "try", "tries")}${last}`,
      { outcome, cause: batch.lastError, topic: this.topic, partition: this.partition },
    );
  }
}

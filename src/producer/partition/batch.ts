import type { KafkaError } from "../../errors/kafka-error.ts";
import { rejectionOf } from "../../errors/rejection.ts";
import type { BatchBuilder } from "../../records/batch-builder.ts";
import { type BytesView, ViewedBytes } from "../../records/bytes-view.ts";
import type { KafkaRecord } from "../../records/record.ts";
import { RecordReader } from "../../records/record-reader.ts";
import type { PacedJob } from "../../runtime/paced-work.ts";
import type { BatchSettings } from "./batch-settings.ts";
import type { RecordMetadata } from "./delivery.ts";
import type { ProducerIdentity } from "./producer-identity.ts";

/**
 * Settles the promise of a `send`, with where its record went or with a promise that rejects. The records of a `sendAll`
 * share a function: it is called once for those of them that follow each other in a batch, with where the first went,
 * how many there are (absent: one), and the fate of the batch.
 */
export type Settle = (metadata: RecordMetadata | Promise<never>, count?: number, fate?: BatchFate) => void;

/** A batch, from its first record until it is written or has failed. */
export class ProducerBatch {
  readonly topic: string;
  readonly partition: number;
  readonly builder: BatchBuilder;
  /** Rises with each batch of the producer; `flush` waits up to an id. */
  readonly id: number;
  /** When the first record was appended: monotonic ms. */
  readonly createdMs: number;
  /** Where its records have settings that are not the producer's. */
  readonly settings: BatchSettings | undefined;
  #gateBytes = 0;
  #isInFlight = false;
  #isUnsure = false;
  #isOvertaken = false;
  #isSettled = false;
  #attempts = 0;
  #lastError: KafkaError | undefined;
  #failures = 0;
  #identity: ProducerIdentity | undefined;
  #baseSequence = -1;
  #settles: Settle[] | undefined;
  #indexes: number[] | undefined;
  #timestamps: number[] | undefined;
  #handedOver = 0;
  #settledPromises = 0;

  constructor(
    topic: string,
    partition: number,
    builder: BatchBuilder,
    id: number,
    createdMs: number,
    settings?: BatchSettings,
  ) {
    this.topic = topic;
    this.partition = partition;
    this.builder = builder;
    this.id = id;
    this.createdMs = createdMs;
    this.settings = settings;
  }

  get count(): number {
    return this.builder.count;
  }

  /** Whether it was sent and has no response yet. */
  get isInFlight(): boolean {
    return this.#isInFlight;
  }

  /** Whether an earlier try may have been written. Such a batch is never sent again under another epoch. */
  get isUnsure(): boolean {
    return this.#isUnsure;
  }

  /** Whether the broker has written a later batch of the partition: writing this one now would break the order. */
  get isOvertaken(): boolean {
    return this.#isOvertaken;
  }

  /**
   * Whether it was written or failed, and its promises are being settled. A response may still be outstanding; its
   * memory is not free until then.
   */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** How many times it was sent. */
  get attempts(): number {
    return this.#attempts;
  }

  get lastError(): KafkaError | undefined {
    return this.#lastError;
  }

  /** How many tries have failed, including those in which the leader could not be reached. */
  get failures(): number {
    return this.#failures;
  }

  /**
   * The producer id and epoch of its sequence numbers. Set once, before it is first sent; retries send the same bytes.
   */
  get identity(): ProducerIdentity | undefined {
    return this.#identity;
  }

  /** The sequence of its first record; −1 if it has no numbers. */
  get baseSequence(): number {
    return this.#baseSequence;
  }

  /** The memory gate has counted this many more bytes for it. */
  counted(bytes: number): void {
    this.#gateBytes += bytes;
  }

  /** Returns and resets the bytes that the memory gate has counted for it. The caller must free them. */
  takeCounted(): number {
    const bytes = this.#gateBytes;
    this.#gateBytes = 0;
    return bytes;
  }

  /** Sets its sequence numbers; a part of a batch gets its share of the batch's numbers. */
  stamp(identity: ProducerIdentity | undefined, baseSequence: number): void {
    this.#identity = identity;
    this.#baseSequence = baseSequence;
  }

  /** It is sent. */
  sent(): void {
    this.#isInFlight = true;
    this.#attempts++;
  }

  /** Its response arrived, or its request failed. */
  answered(): void {
    this.#isInFlight = false;
  }

  /** A try has failed. */
  tried(error: KafkaError): void {
    this.#lastError = error;
    this.#failures++;
  }

  /** Sets the reason why it waits, if no try of it has failed. */
  waitsFor(error: KafkaError): void {
    this.#lastError ??= error;
  }

  /** The broker may have written it, and no response says whether it has. */
  doubt(): void {
    this.#isUnsure = true;
  }

  /** The broker has written a later batch of its partition. */
  overtake(): void {
    this.#isOvertaken = true;
  }

  /** It was written or has failed. */
  settled(): void {
    this.#isSettled = true;
  }

  /** How many of its records have no promise, because `enqueue` took them. */
  get enqueuedCount(): number {
    return this.builder.count - (this.#settles?.length ?? 0);
  }

  /** Adds the promise of the record that was appended last. */
  await(settle: Settle, timestamp: number): void {
    if (this.#settles === undefined) {
      this.#settles = [];
      this.#indexes = [];
      this.#timestamps = [];
    }
    this.#settles.push(settle);
    this.#indexes?.push(this.builder.count - 1);
    this.#timestamps?.push(timestamp);
  }

  /** Whether it has promises of `send` that are not settled. */
  get isAwaited(): boolean {
    return this.#settles !== undefined;
  }

  /** Settles the next `limit` promises of `send`, in order; returns how many there were. */
  settle(limit: number, fate: BatchFate): number {
    const { topic, partition } = this;
    const { baseOffset, appendTimestamp, error } = fate;
    const settles = this.#settles ?? [];
    const indexes = this.#indexes ?? [];
    const timestamps = this.#timestamps ?? [];
    const from = this.#settledPromises;
    const to = Math.min(settles.length, from + limit);
    for (let i = from, next = from; i < to; i = next) {
      const settle = settles[i];
      do next++;
      while (next < to && settles[next] === settle);
      if (error !== undefined) settle?.(rejectionOf(error), next - i);
      else
        settle?.(
          {
            topic,
            partition,
            offset: baseOffset < 0 ? -1 : baseOffset + (indexes[i] ?? 0),
            timestamp: appendTimestamp >= 0 ? appendTimestamp : (timestamps[i] ?? -1),
          },
          next - i,
          fate,
        );
    }
    this.#settledPromises = to;
    if (to === settles.length) this.#forget();
    return to - from;
  }

  /**
   * Makes an empty batch for some of this one's records: with the same id, age and number of tries, but without
   * sequence numbers.
   */
  part(builder: BatchBuilder): ProducerBatch {
    const part = new ProducerBatch(this.topic, this.partition, builder, this.id, this.createdMs, this.settings);
    part.#isUnsure = this.#isUnsure;
    part.#attempts = this.#attempts;
    part.#lastError = this.#lastError;
    part.#failures = this.#failures;
    return part;
  }

  /** Moves the promise of record `index` to the last record of `part`. Called in the order of the records. */
  handOver(index: number, part: ProducerBatch): void {
    const at = this.#indexes?.[this.#handedOver] === index ? this.#handedOver++ : -1;
    const settle = this.#settles?.[at];
    if (settle !== undefined) part.await(settle, this.#timestamps?.[at] ?? -1);
    if (index === this.count - 1) this.#forget();
  }

  /** The index of the record whose promise this function settles; −1 if it is not in this batch. */
  indexOf(settle: Settle): number {
    return this.#indexes?.[this.#settles?.indexOf(settle) ?? -1] ?? -1;
  }

  /** The records, for `onDelivery`. */
  records(baseOffset: number, bytesView?: BytesView): Iterable<KafkaRecord> {
    const { builder } = this;
    const origin = { topic: this.topic, partition: this.partition, timestampType: "CreateTime" } as const;
    return {
      *[Symbol.iterator]() {
        const bytes = new ViewedBytes(builder.recordBytes, bytesView);
        // Records that were not written have no offsets; counting from −1 would make up some.
        const reader = new RecordReader<Uint8Array | null, Uint8Array | null>({
          origin,
          bytes,
          start: 0,
          end: bytes.all.length,
          count: builder.count,
          baseOffset,
          lastOffsetDelta: builder.count,
          baseTimestamp: builder.baseTimestamp,
          appendTimestamp: -1,
        });
        for (let record = reader.next(); record !== undefined; record = reader.next()) yield record;
      },
    };
  }

  #forget(): void {
    this.#settles = undefined;
    this.#indexes = undefined;
    this.#timestamps = undefined;
  }
}

/** The result of a batch. */
export interface BatchFate {
  /** −1 if it is unknown. */
  readonly baseOffset: number;
  /** The broker's time if the topic has LogAppendTime; otherwise −1. */
  readonly appendTimestamp: number;
  /** The first offset that the partition's log still has; −1 if it is unknown. */
  readonly logStartOffset: number;
  readonly error: KafkaError | undefined;
}

/** The fate of a batch that was written, at an offset that is not known. */
export const WRITTEN_SOMEWHERE: BatchFate = Object.freeze({
  baseOffset: -1,
  appendTimestamp: -1,
  logStartOffset: -1,
  error: undefined,
});

/** Settles the promises of a batch, some at a time. */
export class BatchSettlement implements PacedJob {
  readonly batch: ProducerBatch;
  /** The time, in ms, of two more promises: a `send` that waited for room passes its result on through them. */
  readonly laterMs: number = 0.0005;
  readonly #fate: BatchFate;
  readonly #ended: (settlement: BatchSettlement) => void;

  constructor(batch: ProducerBatch, fate: BatchFate, ended: (settlement: BatchSettlement) => void) {
    this.batch = batch;
    this.#fate = fate;
    this.#ended = ended;
  }

  some(limit: number): number {
    return this.batch.settle(limit, this.#fate);
  }

  ended(): void {
    this.#ended(this);
  }
}

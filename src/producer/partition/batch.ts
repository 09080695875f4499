import type { KafkaError } from "../../errors/kafka-error.ts";
import { rejectionOf } from "../../errors/rejection.ts";
import type { BatchBuilder } from "../../records/batch-builder.ts";
import { type BytesView, ViewedBytes } from "../../records/bytes-view.ts";
import type { KafkaRecord } from "../../records/record.ts";
import { RecordReader } from "../../records/record-reader.ts";
import type { PacedJob } from "../../runtime/paced-work.ts";
import type { RecordMetadata } from "./delivery.ts";
import type { ProducerIdentity } from "./producer-identity.ts";

/** Settles the promise of a `send`, with where its record went or with a promise that rejects. */
export type Settle = (metadata: RecordMetadata | Promise<never>) => void;

/** A batch on its way from the first record to its fate. */
export class ProducerBatch {
  readonly topic: string;
  readonly partition: number;
  readonly builder: BatchBuilder;
  /** Rises with each batch of the producer: what `flush` waits for. */
  readonly id: number;
  /** Monotonic ms of the first record. */
  readonly createdMs: number;
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

  constructor(topic: string, partition: number, builder: BatchBuilder, id: number, createdMs: number) {
    this.topic = topic;
    this.partition = partition;
    this.builder = builder;
    this.id = id;
    this.createdMs = createdMs;
  }

  get count(): number {
    return this.builder.count;
  }

  /** It was sent, and is not answered. */
  get isInFlight(): boolean {
    return this.#isInFlight;
  }

  /** Whether an earlier try may have been written. Such a batch is never sent under another epoch. */
  get isUnsure(): boolean {
    return this.#isUnsure;
  }

  /** Whether the broker has written a later batch of the partition: writing this one now would change the order. */
  get isOvertaken(): boolean {
    return this.#isOvertaken;
  }

  /** Its fate is decided and told; a response may still be under way, and the memory is not free before. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** How often it was sent. */
  get attempts(): number {
    return this.#attempts;
  }

  get lastError(): KafkaError | undefined {
    return this.#lastError;
  }

  /** How often sending it has failed, with the times at which its leader could not be reached. */
  get failures(): number {
    return this.#failures;
  }

  /** Whose numbers it has. Stamped once, when it is first sent; the same bytes are sent again. */
  get identity(): ProducerIdentity | undefined {
    return this.#identity;
  }

  /** The sequence of its first record; −1 without numbers. */
  get baseSequence(): number {
    return this.#baseSequence;
  }

  /** The memory gate has counted so many more bytes for it. */
  counted(bytes: number): void {
    this.#gateBytes += bytes;
  }

  /** The bytes that the memory gate has counted for it: whoever takes them gives them back to the gate. */
  takeCounted(): number {
    const bytes = this.#gateBytes;
    this.#gateBytes = 0;
    return bytes;
  }

  /** Gets its numbers; those of a part are a part of its batch's. */
  stamp(identity: ProducerIdentity | undefined, baseSequence: number): void {
    this.#identity = identity;
    this.#baseSequence = baseSequence;
  }

  /** It leaves. */
  sent(): void {
    this.#isInFlight = true;
    this.#attempts++;
  }

  /** Its response came, or its request broke. */
  answered(): void {
    this.#isInFlight = false;
  }

  /** Sending it failed. */
  tried(error: KafkaError): void {
    this.#lastError = error;
    this.#failures++;
  }

  /** Why it waits, where no try of it has failed. */
  waitsFor(error: KafkaError): void {
    this.#lastError ??= error;
  }

  /** The broker may have written it: nobody knows. */
  doubt(): void {
    this.#isUnsure = true;
  }

  /** The broker has written a later batch of its partition. */
  overtake(): void {
    this.#isOvertaken = true;
  }

  /** Its fate is decided. */
  settled(): void {
    this.#isSettled = true;
  }

  /** How many of its records nobody awaits. */
  get enqueuedCount(): number {
    return this.builder.count - (this.#settles?.length ?? 0);
  }

  /** The record that was appended last has someone who awaits it. */
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

  /** Whether promises of `send` wait for its fate. */
  get isAwaited(): boolean {
    return this.#settles !== undefined;
  }

  /** Settles the next `limit` promises of `send`, in order; returns how many there were. */
  settle(limit: number, { baseOffset, appendTimestamp, error }: BatchFate): number {
    const { topic, partition } = this;
    const settles = this.#settles ?? [];
    const from = this.#settledPromises;
    const to = Math.min(settles.length, from + limit);
    if (error === undefined) {
      const indexes = this.#indexes ?? [];
      const timestamps = this.#timestamps ?? [];
      for (let i = from; i < to; i++) {
        const offset = baseOffset < 0 ? -1 : baseOffset + (indexes[i] ?? 0);
        settles[i]?.({
          topic,
          partition,
          offset,
          timestamp: appendTimestamp >= 0 ? appendTimestamp : (timestamps[i] ?? -1),
        });
      }
    } else for (let i = from; i < to; i++) settles[i]?.(rejectionOf(error));
    this.#settledPromises = to;
    if (to === settles.length) this.#forget();
    return to - from;
  }

  /**
   * An empty batch for some of this one's records: with its place in the order, its age and its tries, and without
   * numbers.
   */
  part(builder: BatchBuilder): ProducerBatch {
    const part = new ProducerBatch(this.topic, this.partition, builder, this.id, this.createdMs);
    part.#isUnsure = this.#isUnsure;
    part.#attempts = this.#attempts;
    part.#lastError = this.#lastError;
    part.#failures = this.#failures;
    return part;
  }

  /**
   * Who awaits the record `index` awaits the one that was appended last to `part`. Called in the order of the records.
   */
  handOver(index: number, part: ProducerBatch): void {
    const at = this.#indexes?.[this.#handedOver] === index ? this.#handedOver++ : -1;
    const settle = this.#settles?.[at];
    if (settle !== undefined) part.await(settle, this.#timestamps?.[at] ?? -1);
    if (index === this.count - 1) this.#forget();
  }

  /** The number of the record that is awaited with this function; −1 where it is another batch's. */
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
        // The offsets of what was not written are unknown: counted from −1 they would look known.
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

/** What became of a batch. */
export interface BatchFate {
  /** −1 where it cannot be known. */
  readonly baseOffset: number;
  /** For LogAppendTime; −1 otherwise. */
  readonly appendTimestamp: number;
  readonly error: KafkaError | undefined;
}

/** The promises of a batch, while they are settled. */
export class BatchSettlement implements PacedJob {
  readonly batch: ProducerBatch;
  /** A `send` that had to wait for room passes the result on by two more promises. */
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

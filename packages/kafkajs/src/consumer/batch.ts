import type { ConsumedBatch } from "odradek";
import { type Message, MessageMaker } from "./messages.ts";

/** The facts about a batch, without its messages. */
export interface BatchBounds {
  readonly topic: string;
  readonly partition: number;
  readonly highWatermark: number;
  /** The first offset. */
  readonly first: number;
  /** The offset after the batch, control records and aborted ones included. */
  readonly next: number;
}

/** All messages of a partition that have arrived, as `eachBatch` gets them. */
export class Batch {
  fetchedOffset: string;
  topic: string;
  partition: number;
  highWatermark: string;
  rawMessages: Message[];
  messagesWithinOffset: Message[];
  messages: Message[];
  readonly #first: number;
  readonly #next: number;

  constructor({ topic, partition, highWatermark, first, next }: BatchBounds, messages: Message[]) {
    this.fetchedOffset = String(first);
    this.topic = topic;
    this.partition = partition;
    this.highWatermark = String(highWatermark);
    this.rawMessages = messages;
    this.messagesWithinOffset = messages;
    this.messages = messages;
    this.#first = first;
    this.#next = next;
  }

  isEmpty(): boolean {
    return this.messages.length === 0;
  }

  isEmptyIncludingFiltered(): boolean {
    return this.#next <= this.#first;
  }

  isEmptyDueToFiltering(): boolean {
    return this.isEmpty() && !this.isEmptyIncludingFiltered();
  }

  isEmptyControlRecord(): boolean {
    return this.isEmptyDueToFiltering();
  }

  isEmptyDueToLogCompactedMessages(): boolean {
    return false;
  }

  firstOffset(): string | null {
    return this.isEmptyIncludingFiltered() ? null : String(this.#first);
  }

  /** The last offset; control records and aborted ones count. */
  lastOffset(): string {
    return this.isEmptyIncludingFiltered() ? String(Number(this.highWatermark) - 1) : String(this.#next - 1);
  }

  offsetLag(): string {
    return String(Number(this.highWatermark) - 1 - Number(this.lastOffset()));
  }

  offsetLagLow(): string {
    return this.isEmptyIncludingFiltered() ? "0" : String(Number(this.highWatermark) - 1 - this.#first);
  }
}

/** The messages of stored batches. */
export function messagesOf(batches: readonly ConsumedBatch[]): Message[] {
  const messages: Message[] = [];
  for (const batch of batches) {
    const maker = new MessageMaker(batch);
    for (const record of batch.records) messages.push(maker.make(record));
  }
  return messages;
}

/** The payload of START_BATCH_PROCESS and END_BATCH_PROCESS. */
export function batchPayload(batch: Batch, batchSize: number): object {
  return {
    topic: batch.topic,
    partition: batch.partition,
    highWatermark: batch.highWatermark,
    offsetLag: batch.offsetLag(),
    offsetLagLow: batch.offsetLagLow(),
    batchSize,
    firstOffset: batch.firstOffset(),
    lastOffset: batch.lastOffset(),
  };
}

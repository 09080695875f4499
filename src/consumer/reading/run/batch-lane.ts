import type { Batch } from "../../../records/batch.ts";
import type { KafkaRecord } from "../../../records/record.ts";
import { type ConsumedBatch, RestOfBatch } from "../consumed-batch.ts";
import type { Cursor } from "../../partitions/cursor.ts";
import { Lane } from "./lane.ts";
import type { LaneSettings } from "./record-lane.ts";

/** A lane whose items are stored batches. */
abstract class StoredBatchLane<K, V, T> extends Lane<K, V, T> {
  readonly what = "batch";
  readonly #settings: LaneSettings<K, V>;
  #batch: Batch<K, V> | undefined;
  #passed: ReadonlySet<number> | undefined;

  constructor(cursor: Cursor<K, V>, settings: LaneSettings<K, V>) {
    super(cursor);
    this.#settings = settings;
  }

  finished(item: T): void {
    if (this.unfinished.size > 0) this.unfinished.done(this.offsetOf(item));
  }

  protected get hasBatch(): boolean {
    return this.#batch !== undefined;
  }

  protected get openBatch(): Batch<K, V> | undefined {
    return this.#batch;
  }

  protected leaveBatch(): void {
    this.#batch = undefined;
  }

  protected open(batch: Batch<K, V>, passed: ReadonlySet<number> | undefined): void {
    this.#batch = batch; // also if it cannot be read: then it must be handled next
    this.#passed = passed;
    batch.reader(); // checks and decompresses now, because the position must not move past an unreadable batch
  }

  /** The batch that the lane was given, from the position on; the position moves past it. */
  protected takeOpen(): ConsumedBatch<K, V> | undefined {
    const batch = this.#batch;
    if (batch === undefined || this.running > 0) return undefined;
    this.#batch = undefined;
    return this.restOf(batch, this.#passed);
  }

  protected restOf(batch: Batch<K, V>, passed?: ReadonlySet<number>): ConsumedBatch<K, V> {
    const rest = new RestOfBatch(this.cursor, batch, this.#settings.decode, this.#settings.counters, passed);
    this.cursor.advance(batch.nextOffset);
    return rest;
  }

  protected clear(): void {
    this.#batch = undefined;
  }

  poison(): undefined {
    return undefined;
  }

  passed(): void {
    return;
  }

  protected furthest(lowest: number): number {
    return Math.max(lowest, Math.min(this.cursor.progress.processedTo, this.cursor.position));
  }

  protected stays(offset: number): void {
    this.unfinished.add(offset);
  }
}

/** The batches of a partition, one after the other. */
export class BatchLane<K, V> extends StoredBatchLane<K, V, ConsumedBatch<K, V>> {
  offsetOf({ baseOffset }: ConsumedBatch<K, V>): number {
    return baseOffset;
  }

  lastOffsetOf({ lastOffset }: ConsumedBatch<K, V>): number {
    return lastOffset;
  }

  recordsOf({ records }: ConsumedBatch<K, V>): Iterable<KafkaRecord<K, V>> {
    return records;
  }

  protected take(): ConsumedBatch<K, V> | undefined {
    return this.takeOpen();
  }
}

/** An item of it: at least one batch, in the order of their offsets. */
export type Batches<K, V> = readonly [ConsumedBatch<K, V>, ...ConsumedBatch<K, V>[]];

/** The batches of a partition, all that have arrived at a time. */
export class BatchesLane<K, V> extends StoredBatchLane<K, V, Batches<K, V>> {
  readonly #more: (cursor: Cursor<K, V>) => Batch<K, V> | undefined;
  readonly #mostBytes: number;

  /** `more` takes the partition's next batch that has arrived, unless it cannot be read. */
  constructor(
    cursor: Cursor<K, V>,
    settings: LaneSettings<K, V>,
    more: (cursor: Cursor<K, V>) => Batch<K, V> | undefined,
    mostBytes: number,
  ) {
    super(cursor, settings);
    this.#more = more;
    this.#mostBytes = mostBytes;
  }

  offsetOf([{ baseOffset }]: Batches<K, V>): number {
    return baseOffset;
  }

  lastOffsetOf(batches: Batches<K, V>): number {
    return (batches.at(-1) ?? batches[0]).lastOffset;
  }

  *recordsOf(batches: Batches<K, V>): Generator<KafkaRecord<K, V>, void, undefined> {
    for (const { records } of batches) yield* records;
  }

  protected take(): Batches<K, V> | undefined {
    let bytes = this.openBatch?.sizeInBytes ?? 0;
    const first = this.takeOpen();
    if (first === undefined) return undefined;
    const all: [ConsumedBatch<K, V>, ...ConsumedBatch<K, V>[]] = [first];
    while (bytes < this.#mostBytes) {
      const batch = this.#more(this.cursor);
      if (batch === undefined) break;
      bytes += batch.sizeInBytes;
      all.push(this.restOf(batch));
    }
    return all;
  }
}

import type { Batch } from "../../../records/batch.ts";
import type { KafkaRecord } from "../../../records/record.ts";
import { type ConsumedBatch, RestOfBatch } from "../consumed-batch.ts";
import type { Cursor } from "../../partitions/cursor.ts";
import { Lane } from "./lane.ts";
import type { LaneSettings } from "./record-lane.ts";

/** The batches of a partition, one after the other. */
export class BatchLane<K, V> extends Lane<K, V, ConsumedBatch<K, V>> {
  readonly what = "batch";
  readonly #settings: LaneSettings<K, V>;
  #batch: Batch<K, V> | undefined;
  #passed: ReadonlySet<number> | undefined;

  constructor(cursor: Cursor<K, V>, settings: LaneSettings<K, V>) {
    super(cursor);
    this.#settings = settings;
  }

  offsetOf({ baseOffset }: ConsumedBatch<K, V>): number {
    return baseOffset;
  }

  lastOffsetOf({ lastOffset }: ConsumedBatch<K, V>): number {
    return lastOffset;
  }

  recordsOf({ records }: ConsumedBatch<K, V>): Iterable<KafkaRecord<K, V>> {
    return records;
  }

  finished({ baseOffset }: ConsumedBatch<K, V>): void {
    if (this.unfinished.size > 0) this.unfinished.done(baseOffset);
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

  protected take(): ConsumedBatch<K, V> | undefined {
    const batch = this.#batch;
    if (batch === undefined || this.running > 0) return undefined;
    this.#batch = undefined;
    const value = new RestOfBatch(this.cursor, batch, this.#settings.decode, this.#settings.counters, this.#passed);
    this.cursor.advance(batch.nextOffset);
    return value;
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

import type { KafkaError } from "../../../errors/kafka-error.ts";
import type { Batch } from "../../../records/batch.ts";
import type { KafkaRecord } from "../../../records/record.ts";
import { murmur2 } from "../../../wire/murmur2.ts";
import type { Cursor } from "../../partitions/cursor.ts";
import type { ConsumerCounters } from "../../partitions/counters.ts";
import type { Poison } from "../../partitions/poison.ts";
import { KeyOrder } from "./key-order.ts";
import { Lane } from "./lane.ts";
import { OpenBatch } from "./open-batch.ts";

/** The settings that all lanes of a run share. */
export interface LaneSettings<K, V> {
  readonly decode: ((record: KafkaRecord<K, V>) => void) | undefined;
  readonly counters: ConsumerCounters;
  readonly concurrency: number;
}

/** The records of a partition, one after the other. */
export class RecordLane<K, V> extends Lane<K, V, KafkaRecord<K, V>> {
  readonly what = "record";
  readonly #settings: LaneSettings<K, V>;
  #batch: OpenBatch<K, V> | undefined;

  constructor(cursor: Cursor<K, V>, settings: LaneSettings<K, V>) {
    super(cursor);
    this.#settings = settings;
  }

  offsetOf({ offset }: KafkaRecord<K, V>): number {
    return offset;
  }

  lastOffsetOf({ offset }: KafkaRecord<K, V>): number {
    return offset;
  }

  recordsOf(record: KafkaRecord<K, V>): Iterable<KafkaRecord<K, V>> {
    return [record];
  }

  finished({ offset }: KafkaRecord<K, V>): void {
    if (this.unfinished.size > 0) this.unfinished.done(offset);
  }

  protected get hasBatch(): boolean {
    return this.#batch !== undefined;
  }

  protected get openBatch(): Batch<K, V> | undefined {
    return this.#batch?.batch;
  }

  protected leaveBatch(): void {
    this.#batch = undefined;
  }

  protected open(batch: Batch<K, V>): void {
    this.#batch = new OpenBatch<K, V>(this.cursor, batch, this.#settings.decode, this.#settings.counters);
  }

  protected take(): KafkaRecord<K, V> | undefined {
    return this.running > 0 ? undefined : this.read();
  }

  protected read(): KafkaRecord<K, V> | undefined {
    const record = this.#batch?.next();
    if (record === undefined) this.#batch = undefined;
    return record;
  }

  protected clear(): void {
    this.#batch = undefined;
  }

  poison(error: KafkaError): Poison | undefined {
    return this.#batch?.poison(error);
  }

  passed(poison: Poison): void {
    if (this.#batch?.pass(poison) === false) this.#batch = undefined;
  }

  protected furthest(lowest: number): number {
    return Math.max(lowest, this.cursor.progress.processedTo);
  }

  protected stays(offset: number): void {
    this.unfinished.add(offset);
  }
}

/** The lane reads ahead this number of records per possible callback, to find keys that are free. */
const AHEAD = 16;

/**
 * The records of a partition; records of one key one after the other. It compares keys by a hash: two keys with the
 * same hash wait for each other, which is never wrong.
 */
export class KeyLane<K, V> extends RecordLane<K, V> {
  override readonly isWide: boolean = true;
  readonly #order = new KeyOrder<KafkaRecord<K, V>>();
  readonly #window: number;
  #startable: KafkaRecord<K, V>[] = [];

  constructor(cursor: Cursor<K, V>, settings: LaneSettings<K, V>) {
    super(cursor, settings);
    this.#window = settings.concurrency * AHEAD;
  }

  override finished(record: KafkaRecord<K, V>): void {
    this.unfinished.done(record.offset);
    const next = this.#order.done(keyHash(record));
    if (next !== undefined) this.#startable.push(next);
  }

  protected override take(): KafkaRecord<K, V> | undefined {
    const waiting = this.#startable.shift();
    if (waiting !== undefined) return waiting;
    while (this.unfinished.size < this.#window) {
      const record = this.read();
      if (record === undefined) return undefined;
      this.unfinished.add(record.offset);
      if (this.#order.admit(keyHash(record), record)) return record;
    }
    return undefined;
  }

  protected override clear(): void {
    super.clear();
    this.#order.clear();
    this.#startable = [];
  }

  /** Records in the middle may be processed before earlier ones, so `processedTo` does not count. */
  protected override furthest(lowest: number): number {
    return lowest;
  }

  /** It is in the list since it was read. */
  protected override stays(): void {
    return;
  }
}

function keyHash<K, V>({ keyBytes }: KafkaRecord<K, V>): number | undefined {
  return keyBytes === null ? undefined : murmur2(keyBytes);
}

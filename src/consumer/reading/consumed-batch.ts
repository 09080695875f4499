import type { BatchContext } from "../../records/batch-context.ts";
import type { Batch } from "../../records/batch.ts";
import type { KafkaRecord } from "../../records/record.ts";
import type { Cursor } from "../partitions/cursor.ts";
import type { ConsumerCounters } from "../partitions/counters.ts";

/** A batch as the application gets it. Its records are decoded during the iteration, synchronously. */
export interface ConsumedBatch<K = Uint8Array | null, V = Uint8Array | null> {
  /** The name of the topic. */
  readonly topic: string;
  /** The number of the partition, from 0. */
  readonly partition: number;
  /** The offset of the first delivered record. */
  readonly baseOffset: number;
  /** The offset of the batch's last record, even if compaction removed it. */
  readonly lastOffset: number;
  /** The partition's high watermark when the batch was fetched: the offset after its last committed record. */
  readonly highWatermark: number;
  /** The facts of the stored batch, such as its producer id and leader epoch. Made when it is read. */
  readonly context: BatchContext;
  /** The records from {@link baseOffset} on, decoded during the iteration. */
  readonly records: Iterable<KafkaRecord<K, V>>;
}

/** The part of a stored batch from the cursor's position on. */
export class RestOfBatch<K, V> implements ConsumedBatch<K, V> {
  readonly topic: string;
  readonly partition: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly highWatermark: number;
  readonly #batch: Batch<K, V>;
  readonly #decode: ((record: KafkaRecord<K, V>) => void) | undefined;
  readonly #counters: ConsumerCounters;
  readonly #passed: ReadonlySet<number> | undefined;
  readonly #check: (() => void) | undefined;
  #isCounted = false;

  /** `check` is called before each record; it throws if no further record may be delivered. */
  constructor(
    cursor: Cursor<K, V>,
    batch: Batch<K, V>,
    decode: ((record: KafkaRecord<K, V>) => void) | undefined,
    counters: ConsumerCounters,
    passed?: ReadonlySet<number>,
    check?: () => void,
  ) {
    this.topic = cursor.topic;
    this.partition = cursor.partition;
    this.baseOffset = Math.max(batch.baseOffset, cursor.position);
    this.lastOffset = batch.lastOffset;
    this.highWatermark = cursor.log.highWatermark;
    this.#batch = batch;
    this.#decode = decode;
    this.#counters = counters;
    this.#passed = passed;
    this.#check = check;
  }

  get context(): BatchContext {
    return this.#batch.context;
  }

  get records(): Iterable<KafkaRecord<K, V>> {
    // Counted once, also if the batch is delivered again for a retry.
    if (!this.#isCounted) this.#counters.records += this.#batch.count - (this.#passed?.size ?? 0);
    this.#isCounted = true;
    if (this.#decode === undefined && this.#check === undefined && this.baseOffset === this.#batch.baseOffset)
      return this.#batch.records;
    return this.#selected();
  }

  *#selected(): Generator<KafkaRecord<K, V>, void, undefined> {
    for (const record of this.#batch.records) {
      this.#check?.();
      if (record.offset < this.baseOffset || this.#passed?.has(record.offset) === true) continue;
      this.#decode?.(record);
      yield record;
    }
  }
}

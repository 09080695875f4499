import type { Batch, RecordSource } from "../../records/batch.ts";
import type { KafkaRecord } from "../../records/record.ts";
import type { Cursor } from "../cursor.ts";
import type { ConsumerCounters } from "../fetcher.ts";

/** A batch that is read record by record; the cursor's position goes with it. */
export class OpenBatch<K, V> {
  readonly #cursor: Cursor<K, V>;
  readonly #batch: Batch<K, V>;
  readonly #reader: RecordSource<K, V>;
  readonly #decode: ((record: KafkaRecord<K, V>) => void) | undefined;
  readonly #counters: ConsumerCounters;

  /** Throws where the batch cannot be read. */
  constructor(cursor: Cursor<K, V>, batch: Batch<K, V>, decode: ((record: KafkaRecord<K, V>) => void) | undefined, counters: ConsumerCounters) {
    this.#cursor = cursor;
    this.#batch = batch;
    this.#reader = batch.reader();
    this.#decode = decode;
    this.#counters = counters;
  }

  /** The next record from the cursor's position on; undefined at the end, to which the position has moved. Throws where it cannot be read: it is not moved past. */
  next(): KafkaRecord<K, V> | undefined {
    const cursor = this.#cursor;
    for (let record = this.#reader.next(); record !== undefined; record = this.#reader.next()) {
      if (record.offset < cursor.position) continue;
      this.#decode?.(record);
      cursor.position = record.offset + 1;
      this.#counters.records++;
      return record;
    }
    cursor.position = Math.max(cursor.position, this.#batch.nextOffset);
    return undefined;
  }
}

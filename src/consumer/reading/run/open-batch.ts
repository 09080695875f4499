import type { KafkaError } from "../../../errors/kafka-error.ts";
import type { Batch, RecordSource } from "../../../records/batch.ts";
import type { KafkaRecord } from "../../../records/record.ts";
import type { Cursor } from "../../partitions/cursor.ts";
import type { ConsumerCounters } from "../../partitions/counters.ts";
import { type Poison, poisonBatch, poisonRecord } from "../../partitions/poison.ts";

/** A batch that is read record by record; the cursor's position follows. */
export class OpenBatch<K, V> {
  readonly #cursor: Cursor<K, V>;
  readonly batch: Batch<K, V>;
  #reader: RecordSource<K, V> | undefined;
  readonly #decode: ((record: KafkaRecord<K, V>) => void) | undefined;
  readonly #counters: ConsumerCounters;
  /** The record that is being decoded: an error belongs to it. */
  #decoding: KafkaRecord<K, V> | undefined;

  constructor(
    cursor: Cursor<K, V>,
    batch: Batch<K, V>,
    decode: ((record: KafkaRecord<K, V>) => void) | undefined,
    counters: ConsumerCounters,
  ) {
    this.#cursor = cursor;
    this.batch = batch;
    this.#decode = decode;
    this.#counters = counters;
  }

  /**
   * The next record from the cursor's position on; undefined at the end, to which the position has moved. Throws where
   * it cannot be read: it is not moved past.
   */
  next(): KafkaRecord<K, V> | undefined {
    const cursor = this.#cursor;
    this.#reader ??= this.batch.reader();
    const reader = this.#reader;
    for (let record = reader.next(); record !== undefined; record = reader.next()) {
      if (record.offset < cursor.position) continue;
      if (this.#decode !== undefined) {
        this.#decoding = record;
        this.#decode(record);
        this.#decoding = undefined;
      }
      cursor.advance(record.offset + 1);
      this.#counters.records++;
      return record;
    }
    cursor.advance(Math.max(cursor.position, this.batch.nextOffset));
    return undefined;
  }

  /** The record, or the rest of the batch, for which {@link next} has thrown. */
  poison(error: KafkaError): Poison {
    return this.#decoding === undefined
      ? poisonBatch(this.#cursor, this.batch, error)
      : poisonRecord(this.#decoding, error);
  }

  /** It was handled: {@link next} continues after it. Returns whether anything is left. */
  pass({ what, offset }: Poison): boolean {
    this.#decoding = undefined;
    if (what === "record") this.#cursor.advance(offset + 1);
    else this.#cursor.pass(this.batch);
    return what === "record";
  }
}

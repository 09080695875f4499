import { controlRecordTypeSchema } from "../../protocol/messages/control-record-type-schema.ts";
import { decodeVersioned } from "../../protocol/embedded-formats.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { batchAt } from "../../records/read-batches.ts";
import type { Batch } from "../../records/batch.ts";
import type { ReadSettings } from "../../records/read-settings.ts";
import type { AbortedFilter } from "./aborted-filter.ts";
import type { Tally } from "./counters.ts";
import type { HeldBytes } from "./held-bytes.ts";

/** The part of one response that belongs to one partition. */
interface Fetched<K, V> {
  readonly bytes: Uint8Array;
  at: number;
  readonly filter: AbortedFilter | undefined;
  /** Set if the bytes are one batch that was opened before, because its header is wrong or its serdes must prepare. */
  readonly batch?: Batch<K, V>;
}

/** Control records of this type end an aborted transaction. */
const ABORT = 0;

/** The buffered batches of one partition: fetched and not delivered. */
export class FetchedBatches<K, V> {
  readonly #settings: ReadSettings;
  readonly #tally: Tally;
  readonly #all: HeldBytes;
  readonly #fetched: Fetched<K, V>[] = [];
  #bytes = 0;
  #passedTo = -1;

  /** `tally` belongs to the topic; `all` is the sum over all partitions. */
  constructor(settings: ReadSettings, tally: Tally, all: HeldBytes) {
    this.#settings = settings;
    this.#tally = tally;
    this.#all = all;
  }

  get isEmpty(): boolean {
    return this.#fetched.length === 0;
  }

  /** The number of buffered bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The offset after the batches that {@link next} has skipped. */
  get passedTo(): number {
    return this.#passedTo;
  }

  /** Appends the bytes of a response: complete batches, or one batch that was opened before. */
  add(bytes: Uint8Array, filter: AbortedFilter | undefined, batch?: Batch<K, V>): void {
    this.#fetched.push({ bytes, at: 0, filter, ...(batch === undefined ? {} : { batch }) });
    this.#count(bytes.length);
    this.#tally.bytes += bytes.length;
  }

  /**
   * A batch that was taken is the next again. With `isOpen` the same object is used, so that it is decompressed once.
   */
  putBack(batch: Batch<K, V>, isOpen: boolean): void {
    const { bytes } = batch;
    this.#fetched.unshift({ bytes, at: 0, filter: undefined, ...(isOpen ? { batch } : {}) });
    this.#count(bytes.length);
  }

  /** A batch that was counted as delivered is not. */
  uncount(batch: Batch<K, V>): void {
    this.#tally.records -= countOf(batch);
  }

  clear(): void {
    this.#fetched.length = 0;
    this.#count(-this.#bytes);
    this.#passedTo = -1;
  }

  /**
   * The next batch with records for the application, or undefined. Skips control batches, aborted ones, and those
   * before the position. The bytes of a batch no longer count as buffered when it is taken.
   */
  next(position: number): Batch<K, V> | undefined {
    for (let fetched = this.#fetched[0]; fetched !== undefined; fetched = this.#fetched[0]) {
      const { batch: opened } = fetched;
      if (opened !== undefined) {
        this.#fetched.shift();
        this.#count(-fetched.bytes.length);
        if (opened.nextOffset <= position) continue;
        this.#tally.records += countOf(opened);
        return opened;
      }
      const batch = batchAt<K, V>(fetched.bytes, fetched.at, this.#settings);
      if (batch === undefined) {
        this.#fetched.shift();
        this.#count(fetched.at - fetched.bytes.length); // the incomplete batch at the end
        continue;
      }
      const isWanted = this.#isWanted(batch, fetched.filter, position);
      fetched.at += batch.sizeInBytes;
      this.#count(-batch.sizeInBytes);
      if (isWanted) {
        this.#tally.records += countOf(batch);
        return batch;
      }
      this.#passedTo = Math.max(this.#passedTo, batch.nextOffset);
    }
    return undefined;
  }

  /** Every buffered batch, in order. */
  *all(): Generator<Batch<K, V>, undefined, undefined> {
    for (const { bytes, at, batch: opened } of this.#fetched) {
      if (opened !== undefined) {
        yield opened;
        continue;
      }
      for (let start = at; ;) {
        const batch = batchAt<K, V>(bytes, start, this.#settings);
        if (batch === undefined) break;
        yield batch;
        start += batch.sizeInBytes;
      }
    }
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.#all.add(bytes);
  }

  #isWanted(batch: Batch<K, V>, filter: AbortedFilter | undefined, position: number): boolean {
    const { isControl } = batch;
    // A batch that is skipped is never read, so its header must be right. A damaged one is taken, and its reader finds
    // the damage.
    if (isControl && !this.#isSound(batch)) return true;
    // The old formats have no transactions, and may have to be decompressed to find their offsets.
    const isAborted = batch.magic === 2 && filter?.isAborted(batch, isControl && isAbortMarker(batch)) === true;
    const isWanted = !isControl && !isAborted && batch.lastOffset >= position && (batch.magic < 2 || batch.count !== 0);
    return isWanted || (!isControl && !this.#isSound(batch));
  }

  #isSound(batch: Batch<K, V>): boolean {
    return !this.#settings.checkCrcs || batch.isValid;
  }
}

/** Decompresses a wrapper batch of the old formats, which may fail; the reader then reports why. */
function countOf<K, V>(batch: Batch<K, V>): number {
  if (batch.magic === 2) return batch.count;
  try {
    return batch.count;
  } catch (error) {
    if (KafkaError.is(error)) return 0;
    throw error;
  }
}

function isAbortMarker<K, V>(batch: Batch<K, V>): boolean {
  const key = batch.reader().next()?.keyBytes ?? null;
  return key !== null && decodeControlType(key) === ABORT;
}

/** The key of a control record is a version and a type; the schema's one field is the type. */
function decodeControlType(key: Uint8Array): number {
  return decodeVersioned(controlRecordTypeSchema, key).message.type;
}

import { RecordBatch, type ReadSettings } from "../../records/record-batch.ts";
import { readSettings } from "../../records/read-batches.ts";
import { ProducerState } from "./producer-state.ts";

/** A batch in the log: its bytes as they are sent to consumers, and what must be known without reading them. */
export interface StoredBatch {
  readonly bytes: Uint8Array;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly maxTimestamp: number;
}

const SETTINGS: ReadSettings = readSettings({});
const TWO_32 = 4_294_967_296;

/** The log of one partition, in memory: batches as their producers sent them, with offset and leader epoch patched in. */
export class PartitionLog {
  readonly partition: number;
  readonly producers: ProducerState = new ProducerState();
  readonly #batches: StoredBatch[] = [];
  readonly #waiting = new Set<() => void>();
  leaderId: number;
  leaderEpoch = 0;
  replicas: readonly number[];
  logStartOffset = 0;
  #endOffset = 0;

  constructor(partition: number, leaderId: number, replicas: readonly number[]) {
    this.partition = partition;
    this.leaderId = leaderId;
    this.replicas = replicas;
  }

  /** The offset after the last record. All replicas share this log, so everything in it is committed. */
  get highWatermark(): number {
    return this.#endOffset;
  }

  get batchCount(): number {
    return this.#batches.length;
  }

  /** Takes a checked batch; answers its base offset. The bytes are the log's from now on. */
  append(bytes: Uint8Array, count: number, maxTimestamp: number): number {
    const baseOffset = this.#endOffset;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    view.setInt32(0, Math.floor(baseOffset / TWO_32));
    view.setUint32(4, baseOffset >>> 0);
    view.setInt32(12, this.leaderEpoch);
    this.#batches.push({ bytes, baseOffset, lastOffset: baseOffset + count - 1, maxTimestamp });
    this.#endOffset = baseOffset + count;
    for (const wake of [...this.#waiting]) wake();
    return baseOffset;
  }

  /** Whole batches from the one that holds `offset` on: the first in any case, more while they fit into `maxBytes`. */
  read(offset: number, maxBytes: number, evenIfLarger: boolean): readonly Uint8Array[] {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for (let i = this.#find(offset); i < this.#batches.length; i++) {
      const batch = this.#batches[i];
      if (batch === undefined || (size + batch.bytes.length > maxBytes && !(evenIfLarger && size === 0))) break;
      chunks.push(batch.bytes);
      size += batch.bytes.length;
    }
    return chunks;
  }

  /** The first record at or after a time. */
  offsetForTimestamp(timestamp: number): { readonly offset: number; readonly timestamp: number } | undefined {
    for (const batch of this.#batches) {
      if (batch.maxTimestamp < timestamp) continue;
      for (const record of new RecordBatch(batch.bytes, 0, batch.bytes.length, SETTINGS).records) if (record.timestamp >= timestamp) return { offset: record.offset, timestamp: record.timestamp };
    }
    return undefined;
  }

  /** The record with the highest timestamp. */
  maxTimestamp(): { readonly offset: number; readonly timestamp: number } | undefined {
    const last = this.#batches.reduce<StoredBatch | undefined>((best, batch) => (best === undefined || batch.maxTimestamp > best.maxTimestamp ? batch : best), undefined);
    return last === undefined ? undefined : this.offsetForTimestamp(last.maxTimestamp);
  }

  /** Calls back after each append, and after each change of the leader; answers how to stop. */
  onChange(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => {
      this.#waiting.delete(wake);
    };
  }

  /** Another broker leads from now on. */
  moveTo(leaderId: number): void {
    this.leaderId = leaderId;
    this.leaderEpoch++;
    for (const wake of [...this.#waiting]) wake();
  }

  /** The batches, for inspection. */
  get batches(): readonly StoredBatch[] {
    return this.#batches;
  }

  #find(offset: number): number {
    let low = 0;
    let high = this.#batches.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#batches[middle]?.lastOffset ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

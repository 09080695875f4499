import { RecordBatch } from "../../records/record-batch.ts";
import type { ReadSettings } from "../../records/read-settings.ts";
import * as at from "../../records/batch-layout.ts";
import { brokerReadSettings } from "./broker-read-settings.ts";
import { LeaderEpochs } from "./leader-epochs.ts";
import { LogProducers } from "./log-producers.ts";
import type { AbortedTransaction } from "./transaction-index.ts";
import { type Election, NO_LEADER, Replication, type ReplicationRules } from "./replication.ts";

/** A batch in the log: its bytes as they are sent to consumers, and what must be known without reading them. */
export interface StoredBatch {
  readonly bytes: Uint8Array;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly maxTimestamp: number;
  /**
   * The highest timestamp of this batch and those before it: it only grows, so that times can be searched by halves.
   */
  readonly highestTimestamp: number;
  /** The bytes of the log that lie before it. */
  readonly position: number;
}

/** A record found by its time. */
export interface FoundOffset {
  readonly offset: number;
  readonly timestamp: number;
  readonly leaderEpoch: number;
}

const SETTINGS: ReadSettings = brokerReadSettings();
const NO_TIMESTAMP = -1;
const INDEX_INTERVAL_BYTES = 4096;

/** All brokers are up and follow, and one replica is enough. */
const ALL_WELL: ReplicationRules = {
  isUp: () => true,
  pausedSinceMs: () => undefined,
  minInSyncReplicas: () => 1,
  mayElectUncleanly: () => false,
  keepsEligible: true,
};

/**
 * The log of one partition, in memory: batches as their producers sent them, with offset and leader epoch patched in.
 */
export class PartitionLog {
  readonly partition: number;
  readonly producers: LogProducers = new LogProducers();
  readonly epochs: LeaderEpochs = new LeaderEpochs();
  /**
   * Who has what of it. What it says of brokers is asked for here, what changes with them goes through {@link changed}.
   */
  readonly replication: Replication<StoredBatch>;
  readonly #batches: StoredBatch[] = [];
  readonly #waiting = new Set<() => void>();
  logStartOffset = 0;
  /** Its topic is gone, and who still holds the log must let go. */
  isDeleted = false;
  #endOffset = 0;
  #size = 0;

  constructor(partition: number, leaderId: number, replicas: readonly number[], rules: ReplicationRules = ALL_WELL) {
    this.partition = partition;
    this.replication = new Replication<StoredBatch>(
      {
        endOffset: () => this.#endOffset,
        from: (offset) => this.#batches.slice(this.#find(offset)),
        replaceFrom: (offset, batches) => this.#replaceFrom(offset, batches),
      },
      rules,
      leaderId,
      replicas,
    );
    this.epochs.begin(0, 0);
  }

  get leaderId(): number {
    return this.replication.leaderId;
  }

  get leaderEpoch(): number {
    return this.replication.leaderEpoch;
  }

  get replicas(): readonly number[] {
    return this.replication.replicas;
  }

  get isr(): readonly number[] {
    return this.replication.isr;
  }

  /** Replicas out of the ISR that may lead all the same (KIP-966). */
  get eligibleLeaders(): readonly number[] {
    return this.replication.eligible;
  }

  get lastLeaderId(): number {
    return this.replication.lastLeaderId;
  }

  /** The offset after the last record that is committed: consumers read up to it. */
  get highWatermark(): number {
    return this.replication.highWatermark;
  }

  /** The offset after the last record of the leader. */
  get logEndOffset(): number {
    return this.#endOffset;
  }

  /** Up to here everything is decided: no transaction that is still open wrote below it. */
  get lastStableOffset(): number {
    return this.producers.transactions.lastStableOffset(this.highWatermark);
  }

  get batchCount(): number {
    return this.#batches.length;
  }

  get sizeInBytes(): number {
    return this.#size - (this.#batches[0]?.position ?? this.#size);
  }

  /** Takes a checked batch; answers its base offset. The bytes are the log's from now on. */
  append(bytes: Uint8Array, count: number, maxTimestamp: number): number {
    const baseOffset = this.#endOffset;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    at.writeInt64(view, at.BASE_OFFSET, baseOffset);
    view.setInt32(at.PARTITION_LEADER_EPOCH, this.leaderEpoch);
    const highestTimestamp = Math.max(maxTimestamp, this.#batches.at(-1)?.highestTimestamp ?? NO_TIMESTAMP);
    this.#batches.push({
      bytes,
      baseOffset,
      lastOffset: baseOffset + count - 1,
      maxTimestamp,
      highestTimestamp,
      position: this.#size,
    });
    this.producers.appended(bytes, baseOffset);
    this.#endOffset = baseOffset + count;
    this.#size += bytes.length;
    this.#wake();
    return baseOffset;
  }

  /**
   * `maxBytes` of the log from the batch that holds `offset` on, by reference, and nothing from `endOffset` on. The
   * last batch may be cut off, as Kafka cuts it off, which sends a slice of a file. A first batch that is larger comes
   * whole with `evenIfLarger`, and not at all without.
   */
  read(
    offset: number,
    maxBytes: number,
    evenIfLarger: boolean,
    endOffset: number = this.highWatermark,
  ): readonly Uint8Array[] {
    let i = this.#find(offset);
    const end = this.#endIndex(endOffset);
    const first = i < end ? (this.#batches[i]?.bytes.length ?? 0) : 0;
    if (first > maxBytes && !evenIfLarger) return [];
    const chunks: Uint8Array[] = [];
    for (let left = Math.max(first, maxBytes); left > 0 && i < end; i++) {
      const bytes = this.#batches[i]?.bytes ?? new Uint8Array(0);
      chunks.push(bytes.length <= left ? bytes : bytes.subarray(0, left));
      left -= bytes.length;
    }
    return chunks;
  }

  /** How many bytes there are from the batch that holds `offset` on, up to the one that begins with `endOffset`. */
  bytesFrom(offset: number, endOffset: number = this.highWatermark): number {
    return Math.max(0, this.#position(endOffset) - this.#position(offset));
  }

  /**
   * The aborted transactions that who reads these chunks from `offset` on must know. Kafka looks up where its read ends
   * in an index that has an entry every 4 KiB, and tells of those beyond it too: consumers must not mind.
   */
  abortedIn(offset: number, chunks: readonly Uint8Array[]): readonly AbortedTransaction[] {
    const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
    const beyond = this.#position(offset) + bytes + INDEX_INTERVAL_BYTES;
    const end = this.#batches[this.#search((batch) => batch.position >= beyond)]?.baseOffset ?? this.#endOffset;
    return this.producers.transactions.abortedBetween(offset, end);
  }

  /**
   * The first record at or after a time. The search counts batches that
   * were deleted since: those behind its result are looked at too.
   */
  offsetForTimestamp(timestamp: number): FoundOffset | undefined {
    for (let i = this.#search((stored) => stored.highestTimestamp >= timestamp); ; i++) {
      const batch = this.#batches[i];
      if (batch === undefined) return undefined;
      if (batch.maxTimestamp < timestamp) continue;
      const read = new RecordBatch(batch.bytes, 0, batch.bytes.length, SETTINGS);
      const leaderEpoch = read.partitionLeaderEpoch;
      for (const record of read.records)
        if (record.timestamp >= timestamp) return { offset: record.offset, timestamp: record.timestamp, leaderEpoch };
      return { offset: batch.baseOffset, timestamp: batch.maxTimestamp, leaderEpoch };
    }
  }

  /** The first record with the highest timestamp. */
  maxTimestamp(): FoundOffset | undefined {
    const highest = this.#batches.reduce((most, batch) => Math.max(most, batch.maxTimestamp), NO_TIMESTAMP);
    return highest === NO_TIMESTAMP ? undefined : this.offsetForTimestamp(highest);
  }

  /**
   * Calls back after each append, each change of the leader, the ISR or the high watermark, and at the end; answers how
   * to stop.
   */
  onChange(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => {
      this.#waiting.delete(wake);
    };
  }

  /**
   * Carries out what changes who has what, and draws the conclusions from it for the log. Answers the election, if
   * there was one.
   */
  changed(change: (replication: Replication<StoredBatch>) => Election | undefined): Election | undefined {
    const election = change(this.replication);
    if (election !== undefined && election.leaderId !== NO_LEADER)
      this.epochs.begin(election.leaderEpoch, this.#endOffset);
    this.#wake();
    return election;
  }

  /** The log begins at `offset` from now on. A batch that holds it stays whole, as on disk. */
  deleteBefore(offset: number): void {
    this.logStartOffset = Math.max(this.logStartOffset, offset);
    this.#batches.splice(0, this.#find(this.logStartOffset));
    this.producers.transactions.deleteBefore(this.logStartOffset);
    this.#wake();
  }

  /** Its topic is deleted. */
  delete(): void {
    this.isDeleted = true;
    this.#wake();
  }

  /** The batches, for inspection. */
  get batches(): readonly StoredBatch[] {
    return this.#batches;
  }

  /** The log is that of another replica now: the same up to an offset. */
  #replaceFrom(offset: number, batches: readonly StoredBatch[]): void {
    const cutAt = this.#find(offset);
    this.#size = this.#batches[cutAt]?.position ?? this.#size;
    this.#batches.length = cutAt;
    this.#endOffset = offset;
    // Retention went further than that replica had come.
    this.logStartOffset = Math.min(this.logStartOffset, offset);
    this.epochs.cutAt(offset);
    for (const batch of batches) {
      this.epochs.begin(epochOf(batch), batch.baseOffset);
      this.#batches.push(batch);
      this.#endOffset = batch.lastOffset + 1;
      this.#size = batch.position + batch.bytes.length;
    }
    this.producers.rebuild(this.#batches);
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  #position(offset: number): number {
    return (offset >= this.#endOffset ? undefined : this.#batches[this.#find(offset)]?.position) ?? this.#size;
  }

  /** The index after the last batch before an offset at which one begins. */
  #endIndex(endOffset: number): number {
    return endOffset >= this.#endOffset ? this.#batches.length : this.#find(endOffset);
  }

  #find(offset: number): number {
    return this.#search((batch) => batch.lastOffset >= offset);
  }

  /** The first batch for which something holds that holds for all after it. */
  #search(holds: (batch: StoredBatch) => boolean): number {
    let low = 0;
    let high = this.#batches.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const batch = this.#batches[middle];
      if (batch === undefined || holds(batch)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function epochOf({ bytes }: StoredBatch): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getInt32(at.PARTITION_LEADER_EPOCH);
}

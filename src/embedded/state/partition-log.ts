import { RecordBatch } from "../../records/record-batch.ts";
import type { ReadSettings } from "../../records/read-settings.ts";
import * as at from "../../records/batch-layout.ts";
import { brokerReadSettings } from "./broker-read-settings.ts";
import { LeaderEpochs } from "./leader-epochs.ts";
import { type LogSegment, LogSegments, type SegmentLimits } from "./log-segments.ts";
import { LogProducers } from "./log-producers.ts";
import type { AbortedTransaction } from "./transaction-index.ts";
import { type Election, NO_LEADER, Replication } from "./replication.ts";
import type { ReplicationRules } from "./replication-rules.ts";

/**
 * A batch in the log: its bytes as they are sent to consumers, and the facts that must be known without reading them.
 */
export interface StoredBatch {
  readonly bytes: Uint8Array;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly maxTimestamp: number;
  /** The highest timestamp of this batch and all before it. It never falls, which allows a binary search by time. */
  readonly highestTimestamp: number;
  /** The number of bytes of the log before it. */
  readonly position: number;
}

/** A record that was found by its time. */
export interface FoundOffset {
  readonly offset: number;
  readonly timestamp: number;
  readonly leaderEpoch: number;
}

const SETTINGS: ReadSettings = brokerReadSettings();
const NO_TIMESTAMP = -1;
const INDEX_INTERVAL_BYTES = 4096;

/** All brokers are up and replicate, and one replica is enough. */
const ALL_WELL: ReplicationRules = {
  isUp: () => true,
  pausedSinceMs: () => undefined,
  minInSyncReplicas: () => 1,
  mayElectUncleanly: () => false,
  keepsEligible: true,
};

/**
 * The log of one partition, in memory: batches as their producers sent them, with offset and leader epoch filled in.
 */
export class PartitionLog {
  readonly partition: number;
  readonly producers: LogProducers = new LogProducers();
  readonly epochs: LeaderEpochs = new LeaderEpochs();
  /** The replicas: which has what, and which leads. Read it directly; change it only through {@link changed}. */
  readonly replication: Replication<StoredBatch>;
  readonly #batches: StoredBatch[] = [];
  readonly #segments = new LogSegments();
  readonly #waiting = new Set<() => void>();
  logStartOffset = 0;
  /** Compaction has cleaned the log up to here. */
  cleanedTo = 0;
  /** Its topic was deleted; whatever still uses the log must stop. */
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

  /** Replicas outside the ISR that may nevertheless lead (KIP-966). */
  get eligibleLeaders(): readonly number[] {
    return this.replication.eligible;
  }

  get lastLeaderId(): number {
    return this.replication.lastLeaderId;
  }

  /** The offset after the last committed record: consumers read up to it. */
  get highWatermark(): number {
    return this.replication.highWatermark;
  }

  /** The offset after the last record of the leader. */
  get logEndOffset(): number {
    return this.#endOffset;
  }

  /** The end of what `read_committed` may read: no open transaction has written below it. */
  get lastStableOffset(): number {
    return this.producers.transactions.lastStableOffset(this.highWatermark);
  }

  get batchCount(): number {
    return this.#batches.length;
  }

  get sizeInBytes(): number {
    return this.#size - (this.#batches[0]?.position ?? this.#size);
  }

  /** The size of a broker's replica, in bytes. */
  sizeOf(nodeId: number): number {
    const lag = this.replication.lagOf(nodeId);
    if (lag === undefined) return this.sizeInBytes;
    return lag.tail.reduce((sum, { bytes }) => sum + bytes.length, this.bytesFrom(this.logStartOffset, lag.prefix));
  }

  /** Appends a checked batch and takes ownership of its bytes. Returns its base offset. */
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
   * Reads up to `maxBytes`, by reference, from the batch that contains `offset` up to `endOffset`. The last batch may
   * be cut off, as in Kafka, which sends a slice of a file. If the first batch is larger, it is returned whole with
   * `evenIfLarger`, and not at all without.
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

  /** The number of bytes from the batch that contains `offset` up to the batch that begins at `endOffset`. */
  bytesFrom(offset: number, endOffset: number = this.highWatermark): number {
    return Math.max(0, this.#position(endOffset) - this.#position(offset));
  }

  /**
   * The aborted transactions that a reader of these chunks, from `offset` on, must know. Kafka finds the end of the
   * read in an index with an entry every 4 KiB, and so also returns some transactions behind it. Consumers must cope
   * with that.
   */
  abortedIn(offset: number, chunks: readonly Uint8Array[]): readonly AbortedTransaction[] {
    const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
    const beyond = this.#position(offset) + bytes + INDEX_INTERVAL_BYTES;
    const end = this.#batches[this.#search((batch) => batch.position >= beyond)]?.baseOffset ?? this.#endOffset;
    return this.producers.transactions.abortedBetween(offset, end);
  }

  /**
   * The first record at or after a time. The search also uses batches that were deleted since, so the batches behind
   * its result are checked too.
   */
  offsetForTimestamp(timestamp: number): FoundOffset | undefined {
    for (let i = this.#search((stored) => stored.highestTimestamp >= timestamp); ; i++) {
      const batch = this.#batches[i];
      if (batch === undefined) return undefined;
      if (batch.maxTimestamp < timestamp) continue;
      const read = new RecordBatch(batch.bytes, 0, batch.bytes.length, SETTINGS);
      const leaderEpoch = read.partitionLeaderEpoch;
      for (const record of read.records)
        if (record.timestamp >= timestamp && record.offset >= this.logStartOffset)
          return { offset: record.offset, timestamp: record.timestamp, leaderEpoch };
    }
  }

  /** The first record with the highest timestamp. */
  maxTimestamp(): FoundOffset | undefined {
    const highest = this.#batches.reduce((most, batch) => Math.max(most, batch.maxTimestamp), NO_TIMESTAMP);
    return highest === NO_TIMESTAMP ? undefined : this.offsetForTimestamp(highest);
  }

  /**
   * Calls `wake` after each append, after each change of the leader, the ISR or the high watermark, and when the topic
   * is deleted. Returns a function that stops it.
   */
  onChange(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => {
      this.#waiting.delete(wake);
    };
  }

  /** Applies a change of the replicas, and updates the log accordingly. Returns the election, if there was one. */
  changed(change: (replication: Replication<StoredBatch>) => Election | undefined): Election | undefined {
    const election = change(this.replication);
    if (election !== undefined && election.leaderId !== NO_LEADER)
      this.epochs.begin(election.leaderEpoch, this.#endOffset);
    this.#wake();
    return election;
  }

  /** Makes the log begin at `offset`. A batch that contains it stays whole, as on disk. */
  deleteBefore(offset: number): void {
    this.logStartOffset = Math.max(this.logStartOffset, offset);
    this.#batches.splice(0, this.#find(this.logStartOffset));
    this.producers.transactions.deleteBefore(this.logStartOffset);
    this.#wake();
  }

  /** The segments of the log, for retention and compaction. */
  segments(limits: SegmentLimits): readonly LogSegment[] {
    return this.#segments.of(this.#batches, limits);
  }

  /** Replaces the batches up to an index by what compaction leaves of them. Offsets stay as they are. */
  replaceCleaned(to: number, cleaned: readonly StoredBatch[], cleanedTo: number): void {
    // The batches behind stay the same objects: replicas are compared by them. Only differences of positions count.
    let position = this.#batches[to]?.position ?? this.#size;
    for (const { bytes } of cleaned) position -= bytes.length;
    let highestTimestamp = NO_TIMESTAMP;
    const placed = cleaned.map((batch) => {
      highestTimestamp = Math.max(highestTimestamp, batch.maxTimestamp);
      const stored = { ...batch, position, highestTimestamp };
      position += batch.bytes.length;
      return stored;
    });
    this.#batches.splice(0, to, ...placed);
    this.cleanedTo = cleanedTo;
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

  /** Replaces the log by that of another replica, which is the same up to an offset. */
  #replaceFrom(offset: number, batches: readonly StoredBatch[]): void {
    const cutAt = this.#find(offset);
    this.#size = this.#batches[cutAt]?.position ?? this.#size;
    this.#batches.length = cutAt;
    this.#endOffset = offset;
    // Retention had deleted more than that replica had reached.
    this.logStartOffset = Math.min(this.logStartOffset, offset);
    this.cleanedTo = Math.min(this.cleanedTo, offset);
    this.#segments.cutAt(offset);
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

  /** The index after the last batch that begins before an offset. */
  #endIndex(endOffset: number): number {
    return endOffset >= this.#endOffset ? this.#batches.length : this.#find(endOffset);
  }

  #find(offset: number): number {
    return this.#search((batch) => batch.lastOffset >= offset);
  }

  /** The first batch that satisfies a condition; all batches after it must satisfy it too. */
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

import * as layout from "../../records/batch-layout.ts";
import { batchAt } from "../../records/read-batches.ts";
import type { Batch } from "../../records/batch.ts";
import type { ReadSettings } from "../../records/read-settings.ts";
import type { AbortedFilter } from "./aborted-filter.ts";
import type { Tally } from "./counters.ts";
import { DamagedBatch } from "./damaged-batch.ts";
import { Doubts } from "./doubts.ts";
import { type EpochEnd, EpochHistory } from "./epoch-history.ts";
import { FetchedBatches } from "./fetched-batches.ts";
import type { HeldBytes } from "./held-bytes.ts";
import { type Doubt, checkResponse } from "./response-check.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";

/**
 * What is known of one partition's log: where the next fetch begins, what was fetched and not handed out, the leader
 * epochs that were read, and what came damaged. Positions are offsets that the cursor passes in.
 */
export class PartitionLog<K, V> {
  readonly #of: TopicPartition;
  readonly #settings: ReadSettings;
  readonly #fetched: FetchedBatches<K, V>;
  readonly #epochs = new EpochHistory();
  readonly #doubts = new Doubts<K, V>();
  #fetchOffset = -1;
  #fetchEpoch = -1;
  #fetchGeneration = 0;
  #isParting = false;
  /** A batch begins at the fetch offset, since another ended there. */
  #isBoundary = false;
  /** Gaps between batches were seen: the log is compacted. */
  #isSparse = false;
  #highWatermark = -1;
  #lastStableOffset = -1;

  constructor(of: TopicPartition, settings: ReadSettings, tally: Tally, held: HeldBytes) {
    this.#of = of;
    this.#settings = settings;
    this.#fetched = new FetchedBatches<K, V>(settings, tally, held);
  }

  /** Where the next fetch begins: after what is held; −1 while the position is not known. */
  get fetchOffset(): number {
    return this.#fetchOffset;
  }

  /**
   * The leader epoch of the batch before {@link fetchOffset}; −1 where it is not known. By it a broker sees that the
   * log was cut off and written again (KIP-320).
   */
  get fetchEpoch(): number {
    return this.#fetchEpoch;
  }

  /** Rises when what was fetched is dropped: a response to an earlier request is of no use. */
  get fetchGeneration(): number {
    return this.#fetchGeneration;
  }

  /** The leader's log differs from what was read, at {@link fetchOffset} or below: the next response says where. */
  get isParting(): boolean {
    return this.#isParting;
  }

  get isDoubted(): boolean {
    return this.#doubts.isDoubted;
  }

  get isFetchedAlone(): boolean {
    return this.#doubts.isFetchedAlone;
  }

  get hasData(): boolean {
    return !this.#fetched.isEmpty;
  }

  get heldBytes(): number {
    return this.#fetched.bytes;
  }

  /** What the last response said of the log's end; −1 while none has. */
  get highWatermark(): number {
    return this.#highWatermark;
  }

  get lastStableOffset(): number {
    return this.#lastStableOffset;
  }

  /** The epoch of the record before `offset`, where it is known; else −1. */
  epochBefore(offset: number): number {
    return this.#epochs.before(offset);
  }

  /** A broker answered a fetch well. */
  answered(highWatermark: number, lastStableOffset: number): void {
    this.#doubts.answered();
    this.#highWatermark = highWatermark;
    this.#lastStableOffset = lastStableOffset;
  }

  /** Reading begins at `offset`, after a record of `epoch`, both −1 where they are not known: all else is forgotten. */
  begin(offset: number, epoch: number): void {
    this.#epochs.reset(offset, epoch);
    this.#fetchFrom(offset, epoch);
    this.#doubts.clear();
  }

  /** The log was cut off: reading goes on at `offset`. What was read below it stays known. */
  cutOff(offset: number): void {
    this.#epochs.cutAt(offset);
    this.#fetchFrom(offset, this.#epochs.before(offset));
    this.#doubts.clear();
  }

  /** Fetches again from `position`, although the log was cut off below it: the application must seek. */
  stay(position: number): void {
    this.#fetchFrom(position, this.#epochs.before(position));
  }

  /** Drops what was fetched, and fetches it again from `position`, from the leader. */
  refetch(position: number): void {
    this.#epochs.cutAt(position);
    this.#fetchFrom(position, this.#epochs.before(position));
    this.#doubts.fetchAgain(this.#doubts.isFetchedAlone);
  }

  /** What is under way is of no use any more. */
  ignoreResponses(): void {
    this.#fetchGeneration++;
  }

  /**
   * The leader's log differs from what was read. Returns the offset from which on it does,
   * or undefined while that is not known: then the next fetch asks for an older epoch.
   *
   * One answer can be too little after unclean elections in turns. Leader A has epoch 1 up to offset
   * 110, then epoch 3. Leader B has epoch 1 up to 80, epoch 2 up to 89, then epoch 4. A consumer that has read A
   * asks B where epoch 3 ends. B answers that the epoch before, 2, ends at 90. But the records from 81
   * on are others too. Where epoch 1 ends at B (81) says that. Followers ask in the same way (KIP-279).
   */
  partsAt(end: EpochEnd): number | undefined {
    if (end.endOffset < 0) return this.#fetchOffset; // it agrees with what was read below
    const offset = this.#epochs.commonEnd(end);
    const epoch = this.#epochs.before(offset);
    if (epoch < 0 || epoch >= end.epoch || offset > this.#fetchOffset) return offset;
    this.#fetchFrom(offset, epoch);
    this.#isParting = true;
    return undefined;
  }

  #fetchFrom(offset: number, epoch: number): void {
    this.#fetched.clear();
    this.#fetchOffset = offset;
    this.#fetchEpoch = epoch;
    this.#fetchGeneration++;
    this.#isParting = false;
    this.#isBoundary = false;
  }

  /**
   * The batch at `position` cannot be read. Returns whether it is to be fetched once more: not if that was done
   * already, then it is damaged in the log.
   */
  doubt(batch: Batch<K, V> | undefined, position: number): boolean {
    if (this.#doubts.add(position, position)) return true;
    this.#doubts.condemn(batch);
    return false;
  }

  /**
   * Takes what a response brought as far as it can be right, and looks where the next fetch begins. `leaderEpoch` is
   * the one that was asked for. Returns what is not as it should be: it is fetched once more, or handed out as damaged
   * if that was done already.
   */
  take(bytes: Uint8Array, filter: AbortedFilter | undefined, leaderEpoch: number, position: number): Doubt | undefined {
    for (let rest = bytes; ;) {
      const checked = checkResponse(
        rest,
        this.#settings,
        {
          fetchOffset: this.#fetchOffset,
          isBoundary: this.#isBoundary,
          isSparse: this.#isSparse,
          lastEpoch: this.#fetchEpoch,
          leaderEpoch,
          highWatermark: this.#highWatermark,
          lastStableOffset: this.#lastStableOffset,
          isSecond: (offset) => this.#doubts.has(offset),
        },
        (baseOffset, epoch) => this.#epochs.note(baseOffset, epoch),
      );
      const { end, next, epoch, doubt } = checked;
      this.#isSparse = checked.isSparse;
      if (next !== this.#fetchOffset) {
        this.#fetchOffset = next;
        this.#fetchEpoch = epoch;
        this.#isBoundary = true;
        // All of it, if nothing is wrong: then the rest is the beginning of a batch that was cut off.
        this.#fetched.add(doubt === undefined ? rest : rest.subarray(0, end), filter);
      }
      if (doubt === undefined) return undefined;
      if (this.#doubts.add(doubt.offset, position)) {
        this.#doubts.fetchAgain(doubt.isCutOff);
        this.#epochs.cutAt(doubt.offset);
        return doubt;
      }
      if (!this.#takeDamaged(rest, doubt, filter)) return undefined;
      rest = rest.subarray(doubt.end);
    }
  }

  /** Takes a batch that is damaged in the log; returns whether another one follows it. What follows knows its end. */
  #takeDamaged(rest: Uint8Array, doubt: Doubt, filter: AbortedFilter | undefined): boolean {
    const following = this.#following(rest, doubt);
    const damaged = rest.subarray(doubt.start, doubt.end);
    this.#fetchOffset = following ?? this.#ownEnd(damaged, doubt.offset) ?? doubt.offset + 1;
    this.#fetchEpoch = -1;
    this.#isBoundary = following !== undefined;
    this.#fetched.add(damaged, filter, new DamagedBatch(this.#of, damaged, doubt.offset, this.#fetchOffset, doubt.why));
    return following !== undefined;
  }

  /** The offset behind a damaged batch by its own header, read as one of today's format, if that can be. */
  #ownEnd(bytes: Uint8Array, offset: number): number | undefined {
    if (bytes.length < layout.HEADER_BYTES) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const delta = view.getInt32(layout.LAST_OFFSET_DELTA);
    return layout.readInt64(view, layout.BASE_OFFSET) === offset && delta >= 0 && offset + delta < this.#highWatermark
      ? offset + delta + 1
      : undefined;
  }

  /** The offset of the batch behind a damaged one, if that can be one. */
  #following(bytes: Uint8Array, { offset, end }: Doubt): number | undefined {
    try {
      const batch = batchAt(bytes, end, this.#settings);
      if (batch?.magic !== 2 || batch.baseOffset <= offset || batch.lastOffset < batch.baseOffset) return undefined;
      return this.#highWatermark >= 0 && batch.lastOffset >= this.#highWatermark ? undefined : batch.baseOffset;
    } catch {
      return undefined;
    }
  }

  /** The next batch with records for the application from `position` on, or undefined. */
  nextBatch(position: number): Batch<K, V> | undefined {
    return this.#fetched.next(position);
  }

  /** The offset behind the control records, aborted batches and empty ones that were passed over; −1 for none. */
  get passedTo(): number {
    return this.#fetched.passedTo;
  }

  /** A batch was not read, or not used: it is the next again. `isKept`: the same object is handed out again. */
  putBack(batch: Batch<K, V>, isKept: boolean, position: number): void {
    this.#fetched.uncount(batch);
    if (this.#doubts.isCondemned(batch)) {
      // The next loop reads what the log has then, not what came before.
      this.refetch(position);
      this.#doubts.clear();
    } else this.#fetched.putBack(batch, isKept || batch instanceof DamagedBatch);
  }

  /**
   * Where reading goes on behind a batch that cannot be read. What its header says may be wrong as well: what follows
   * it in the log knows better, or the log's end.
   */
  nextAfter(batch: Batch<K, V>, position: number): number {
    const following = this.#fetched.all().next().value;
    const own = this.#highWatermark < 0 ? batch.nextOffset : Math.min(batch.nextOffset, this.#highWatermark);
    return Math.max(position + 1, following?.magic === 2 ? following.baseOffset : own);
  }

  /** A batch that cannot be read is passed over: reading goes on at `position`. */
  passTo(position: number): void {
    this.#doubts.condemn(undefined);
    this.#fetchOffset = position;
    this.#isBoundary = false;
    for (const { nextOffset } of this.#fetched.all()) this.#fetchOffset = Math.max(this.#fetchOffset, nextOffset);
  }
}

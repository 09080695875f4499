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
 * The known part of one partition's log: the offset of the next fetch, the buffered batches, the leader epochs that
 * were read, and damaged batches. The cursor passes positions in.
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
  /** A batch begins at the fetch offset, because another one ended there. */
  #isBoundary = false;
  /** Gaps between batches were seen: the topic is compacted. */
  #isSparse = false;
  #highWatermark = -1;
  #answeredMs = Number.NEGATIVE_INFINITY;
  #lastStableOffset = -1;

  constructor(of: TopicPartition, settings: ReadSettings, tally: Tally, held: HeldBytes) {
    this.#of = of;
    this.#settings = settings;
    this.#fetched = new FetchedBatches<K, V>(settings, tally, held);
  }

  /** The offset of the next fetch: after the buffered batches; −1 while the position is not known. */
  get fetchOffset(): number {
    return this.#fetchOffset;
  }

  /**
   * The leader epoch of the batch before {@link fetchOffset}; −1 if it is not known. With it a broker detects a
   * truncated log (KIP-320).
   */
  get fetchEpoch(): number {
    return this.#fetchEpoch;
  }

  /** Increases when fetched bytes are dropped: responses to earlier requests are void. */
  get fetchGeneration(): number {
    return this.#fetchGeneration;
  }

  /** The leader's log differs at {@link fetchOffset} or below; the next response says where. */
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

  /** The partition's end in the last response; −1 before the first one. */
  get highWatermark(): number {
    return this.#highWatermark;
  }

  get lastStableOffset(): number {
    return this.#lastStableOffset;
  }

  /** The leader epoch of the record before `offset`; −1 if it is not known. */
  epochBefore(offset: number): number {
    return this.#epochs.before(offset);
  }

  /** When a fetch last reported the end (monotonic ms); −Infinity before the first time. */
  get answeredMs(): number {
    return this.#answeredMs;
  }

  /** A fetch succeeded at this time (monotonic ms). */
  answered(highWatermark: number, lastStableOffset: number, nowMs: number): void {
    this.#answeredMs = nowMs;
    this.#doubts.answered();
    this.#highWatermark = highWatermark;
    this.#lastStableOffset = lastStableOffset;
  }

  /** Begins at `offset`, after a record of `epoch`, both −1 if they are not known. Forgets everything else. */
  begin(offset: number, epoch: number): void {
    this.#epochs.reset(offset, epoch);
    this.#fetchFrom(offset, epoch);
    this.#doubts.clear();
  }

  /** The log was truncated: continues at `offset`. Records below it are still there. */
  cutOff(offset: number): void {
    this.#epochs.cutAt(offset);
    this.#fetchFrom(offset, this.#epochs.before(offset));
    this.#doubts.clear();
  }

  /** Fetches again from `position`, although the log was truncated below it: the application must seek. */
  stay(position: number): void {
    this.#fetchFrom(position, this.#epochs.before(position));
  }

  /** Drops the fetched bytes, and fetches them again from `position`, from the leader. */
  refetch(position: number): void {
    this.#epochs.cutAt(position);
    this.#fetchFrom(position, this.#epochs.before(position));
    this.#doubts.fetchAgain(this.#doubts.isFetchedAlone);
  }

  /** Responses to fetches in flight are void. */
  ignoreResponses(): void {
    this.#fetchGeneration++;
  }

  /**
   * The leader's log differs from the records that were read. Returns the first different offset, or undefined while it
   * is not known: then the next fetch asks for an older epoch.
   *
   * One response may not be enough after several unclean elections:
   *
   * 1. Leader A has epoch 1 up to offset 110, then epoch 3. Leader B has epoch 1 up to 80, epoch 2 up to 89, then epoch
   *    4. The consumer has read from A.
   * 2. The consumer asks B where epoch 3 ends. B returns that the previous epoch, 2, ends at 90.
   * 3. But the records from 81 on differ too. Only the end of epoch 1 at B (81) shows that, so the consumer asks again.
   *    Followers ask in the same way (KIP-279).
   */
  partsAt(end: EpochEnd): number | undefined {
    if (end.endOffset < 0) return this.#fetchOffset; // the logs agree below it
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
   * The batch at `position` cannot be read. Returns whether to fetch it once more. If that was done already, it is
   * damaged in the log.
   */
  doubt(batch: Batch<K, V> | undefined, position: number): boolean {
    if (this.#doubts.add(position, position)) return true;
    this.#doubts.condemn(batch);
    return false;
  }

  /**
   * Takes the batches of a response up to the first that cannot be right, and sets the next fetch offset. `leaderEpoch`
   * is that of the request. Returns the doubt about the next batch. It is fetched once more; if that was done already,
   * it is delivered as damaged.
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
        // All of it if nothing is wrong: then the rest is the beginning of a batch that the broker cut off.
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

  /** Takes a batch that is damaged in the log. Its end is known from the next batch; returns whether there is one. */
  #takeDamaged(rest: Uint8Array, doubt: Doubt, filter: AbortedFilter | undefined): boolean {
    const following = this.#following(rest, doubt);
    const damaged = rest.subarray(doubt.start, doubt.end);
    this.#fetchOffset = following ?? this.#ownEnd(damaged, doubt.offset) ?? doubt.offset + 1;
    this.#fetchEpoch = -1;
    this.#isBoundary = following !== undefined;
    this.#fetched.add(damaged, filter, new DamagedBatch(this.#of, damaged, doubt.offset, this.#fetchOffset, doubt.why));
    return following !== undefined;
  }

  /** The offset after a damaged batch according to its own header, read in the current format, if that is plausible. */
  #ownEnd(bytes: Uint8Array, offset: number): number | undefined {
    if (bytes.length < layout.HEADER_BYTES) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const delta = view.getInt32(layout.LAST_OFFSET_DELTA);
    return layout.readInt64(view, layout.BASE_OFFSET) === offset && delta >= 0 && offset + delta < this.#highWatermark
      ? offset + delta + 1
      : undefined;
  }

  /** The offset of the batch after a damaged one, if those bytes can be a batch. */
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

  /** The offset after the control records, aborted batches and empty ones that were skipped; −1 for none. */
  get passedTo(): number {
    return this.#fetched.passedTo;
  }

  /** A batch was not read, or not used: it is the next again. With `isKept` the same object is used again. */
  putBack(batch: Batch<K, V>, isKept: boolean, position: number): void {
    this.#fetched.uncount(batch);
    if (this.#doubts.isCondemned(batch)) {
      // The next loop must read the current state of the log, not the earlier response.
      this.refetch(position);
      this.#doubts.clear();
    } else this.#fetched.putBack(batch, isKept || batch instanceof DamagedBatch);
  }

  /**
   * The offset after a batch that cannot be read. Its own header may be wrong too, so the next batch in the log counts,
   * or the log's end.
   */
  nextAfter(batch: Batch<K, V>, position: number): number {
    const following = this.#fetched.all().next().value;
    const own = this.#highWatermark < 0 ? batch.nextOffset : Math.min(batch.nextOffset, this.#highWatermark);
    return Math.max(position + 1, following?.magic === 2 ? following.baseOffset : own);
  }

  /** Skips a batch that cannot be read: continues at `position`. */
  passTo(position: number): void {
    this.#doubts.condemn(undefined);
    this.#fetchOffset = position;
    this.#isBoundary = false;
    for (const { nextOffset } of this.#fetched.all()) this.#fetchOffset = Math.max(this.#fetchOffset, nextOffset);
  }
}

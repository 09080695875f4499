import { controlRecordTypeSchema } from "../../protocol/messages/control-record-type-schema.ts";
import { decodeVersioned } from "../../protocol/embedded-formats.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import * as layout from "../../records/batch-layout.ts";
import { batchAt } from "../../records/read-batches.ts";
import type { Wait } from "../../cluster/waits.ts";
import type { Batch } from "../../records/batch.ts";
import type { ReadSettings } from "../../records/read-settings.ts";
import type { AbortedFilter } from "./aborted-filter.ts";
import type { BatchPreparation } from "./batch-preparation.ts";
import { DamagedBatch } from "./damaged-batch.ts";
import { type EpochEnd, EpochHistory } from "./epoch-history.ts";
import type { Tally } from "./counters.ts";
import type { Seeking } from "./offset-spec.ts";
import { type Doubt, checkResponse } from "./response-check.ts";

/** Records of one partition as one response brought them. */
interface Fetched<K, V> {
  readonly bytes: Uint8Array;
  at: number;
  readonly filter: AbortedFilter | undefined;
  /**
   * Set where the bytes are one batch that was opened before: its header cannot be right, or its serdes must prepare.
   */
  readonly batch?: Batch<K, V>;
}

/** Control records of this type end an aborted transaction. */
const ABORT = 0;

/** What fetches for a cursor, as the cursor knows it. */
export interface CursorSource<K, V> {
  readonly nodeId: number;
  readonly cursors: Set<Cursor<K, V>>;
  /** There may be something to fetch. */
  kick(): void;
}

/** One partition being read: where the application is, what is held for it, and where fetching goes on. */
export class Cursor<K, V> {
  readonly topic: string;
  readonly partition: number;
  /** Of the topic that the position belongs to; undefined while it is not known. */
  topicId: string | undefined;
  readonly #settings: ReadSettings;
  /** That of the topic. */
  readonly #tally: Tally;
  readonly #fetched: Fetched<K, V>[] = [];
  readonly #epochs = new EpochHistory();
  /** The offset of the next record that is delivered; −1 while it is not known. */
  position = -1;
  /** Where the next fetch begins: after what is held. */
  fetchOffset = -1;
  /**
   * The leader epoch of the batch before {@link fetchOffset}; −1 where it is not known. By it a broker sees that the
   * log was cut off and written anew (KIP-320).
   */
  fetchEpoch = -1;
  /** The leader's log differs from what was read, at {@link fetchOffset} or below: the next response tells where. */
  isParting = false;
  /**
   * The epoch of the leader that last answered for the position, where fetches do not say in which epoch it lies; −1
   * for none.
   */
  checkedEpoch = -1;
  /** The replica that the leader named to read from (KIP-392), and until when it is believed: monotonic ms. */
  preferredNodeId = -1;
  preferredUntilMs = 0;
  /** Set while the position must be asked for. */
  seeking: Seeking | undefined;
  /** What the position was when it turned out to be gone from the log, and why; −1 otherwise. */
  lostPosition = -1;
  lostReason = "";
  /** What came was damaged: the next fetch goes to the leader, and comes from no cache. */
  isDoubted = false;
  /** And asks for nothing else, so that its first batch comes whole. */
  isFetchedAlone = false;
  /** Rises with each seek, and when what was fetched is dropped: a response to an earlier request is of no use. */
  fetchGeneration = 0;
  /** Offsets of batches that were damaged when they came first. */
  #doubts: number[] = [];
  /** The batch that came damaged twice. */
  #damaged: Batch<K, V> | undefined;
  /** A batch begins at {@link fetchOffset}, since another ended there. */
  #isBoundary = false;
  #isSparse = false;
  /** Rises with each seek, so that a response to an earlier request is recognised. */
  generation = 0;
  /** Nothing is handed out, and nothing fetched: the application paused it, or it is held. */
  isPaused = false;
  /** The loop that has it for itself: nothing is handed out to others. */
  taker: unknown;
  #isPausedByUser = false;
  #isHeld = false;
  isInFlight = false;
  /** Whether the last response brought nothing. */
  isIdle = false;
  heldBytes = 0;
  /** What the last response said of the log's end; −1 while none has. */
  highWatermark = -1;
  lastStableOffset = -1;
  /** No fetch before: monotonic ms. */
  notBeforeMs = 0;
  failures = 0;
  /**
   * How many fetches since the last good answer failed with OFFSET_OUT_OF_RANGE. Other failures do not count: a
   * broker that has just become leader may give this answer only because it is still behind.
   */
  timesOutOfRange = 0;
  /** Logs that reading fails again and again. */
  wait: Wait | undefined;
  /** Since when the broker has not known the partition: monotonic ms, or −1. */
  unknownSinceMs = -1;
  source: CursorSource<K, V> | undefined;
  /** Up to here the application said that it has processed, though it still has a record in hand; −1 otherwise. */
  processedTo = -1;
  /**
   * The record that the application got last, and its timestamp;
   * −1 for none. Noted only for `autoOffsetReset: "nearest"`.
   */
  consumedOffset = -1;
  consumedTimestamp = -1;
  /** What is committed for the group, as far as is known; −1 for nothing. */
  committed = -1;
  /** A record of it waits for the next try of its callback: the run must learn at once when the partition goes. */
  awaitsRetry = false;
  /** The partition is not this consumer's any more; if it comes back, it does so with another cursor. */
  isGone = false;
  /** The first batch that is held, while its serdes fetch what they need for it. */
  preparing: BatchPreparation<K, V> | undefined;

  constructor(
    topic: string,
    partition: number,
    seeking: Seeking | undefined,
    settings: ReadSettings,
    tally: Tally = { records: 0, bytes: 0 },
  ) {
    this.topic = topic;
    this.partition = partition;
    this.seeking = seeking;
    this.#settings = settings;
    this.#tally = tally;
  }

  get hasData(): boolean {
    return this.#fetched.length > 0;
  }

  /** Whether the application paused it, whatever its group does. */
  get isPausedByUser(): boolean {
    return this.#isPausedByUser;
  }

  /** The application's wish. */
  pause(isPaused: boolean): void {
    this.#isPausedByUser = isPaused;
    this.isPaused = isPaused || this.#isHeld;
  }

  /** No broker is asked for it any more. */
  leaveSource(): void {
    this.source?.cursors.delete(this);
    this.source = undefined;
  }

  /** The group's: while a partition comes or goes nothing of it is delivered. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.isPaused = isHeld || this.#isPausedByUser;
  }

  /**
   * In which leader epoch the record before `offset` was written, where it was read or committed with the offset; else
   * −1.
   */
  epochBefore(offset: number): number {
    return this.#epochs.before(offset);
  }

  /**
   * The leader's log differs from what was read. Returns the offset from which on it does,
   * or undefined while that is not known: then the next fetch asks for an older epoch.
   *
   * One answer can be too little after unclean elections in turns. Leader A has epoch 1 up to offset
   * 110, then epoch 3. Leader B has epoch 1 up to 80, epoch 2 up to 89, then epoch 4. Who has read A
   * asks B where epoch 3 ends. B answers that the epoch before, 2, ends at 90. But the records from 81
   * on are others too. Where epoch 1 ends at B (81) tells that. Followers ask in the same way (KIP-279).
   */
  partsAt(end: EpochEnd): number | undefined {
    if (end.endOffset < 0) return this.fetchOffset; // it agrees with what was read below
    const offset = this.#epochs.commonEnd(end);
    const epoch = this.#epochs.before(offset);
    if (epoch < 0 || epoch >= end.epoch || offset > this.fetchOffset) return offset;
    this.#fetchFrom(offset, epoch);
    this.isParting = true;
    return undefined;
  }

  /**
   * Goes on at another offset: what is held, and what is under way, is of no use any more. `epoch` is that of the
   * record before it.
   */
  moveTo(offset: number, epoch = -1): void {
    this.#epochs.reset(offset, epoch);
    this.#goTo(offset, epoch);
  }

  /** What was read from `offset` on is not in the log any more. What was read below it is, and stays known. */
  cutOff(offset: number): void {
    const to = Math.min(this.position, offset);
    this.#epochs.cutAt(to);
    this.#goTo(to, this.#epochs.before(to));
  }

  /** Fetches again from the position, although the log was cut off below it: the application must seek. */
  stay(): void {
    this.#fetchFrom(this.position, this.#epochs.before(this.position));
  }

  #fetchFrom(offset: number, epoch: number): void {
    this.#fetched.length = 0;
    this.preparing?.leave();
    this.preparing = undefined;
    this.heldBytes = 0;
    this.fetchOffset = offset;
    this.fetchEpoch = epoch;
    this.fetchGeneration++;
    this.isParting = false;
    this.#isBoundary = false;
  }

  #goTo(offset: number, epoch: number): void {
    this.#fetchFrom(offset, epoch);
    this.position = offset;
    this.seeking = undefined;
    this.processedTo = -1;
    this.timesOutOfRange = 0;
    this.generation++;
    this.#trust();
  }

  /**
   * Drops the fetched bytes and fetches again from the position. Records that the application is working on stay as
   * they are.
   */
  refetch(): void {
    this.#epochs.cutAt(this.position);
    this.#fetchFrom(this.position, this.#epochs.before(this.position));
    this.isDoubted = true;
  }

  /**
   * The batch at the position cannot be read. Answers whether it is to be fetched once more: not if that was done
   * already, then it is damaged in the log.
   */
  doubt(batch: Batch<K, V> | undefined): boolean {
    if (this.#mayDoubt(this.position)) return true;
    this.#damaged = batch;
    return false;
  }

  /** Whether this offset has not been in doubt before. */
  #mayDoubt(offset: number): boolean {
    this.#doubts = this.#doubts.filter((doubted) => doubted >= this.position);
    if (this.#doubts.includes(offset)) return false;
    this.#doubts.push(offset);
    return true;
  }

  #trust(): void {
    this.#doubts = [];
    this.#damaged = undefined;
    this.isDoubted = false;
    this.isFetchedAlone = false;
  }

  /** The position must be asked for. */
  seek(where: Seeking): void {
    this.moveTo(-1);
    this.seeking = where;
  }

  /**
   * Takes what a response brought as far as it can be right, and looks where the next fetch begins. `leaderEpoch` is
   * the one that was asked for. Answers whether that is any further, and what is not as it should be: it is fetched
   * once more, or handed out as damaged if that was done already.
   */
  take(
    bytes: Uint8Array,
    filter: AbortedFilter | undefined,
    leaderEpoch = -1,
  ): { readonly advanced: boolean; readonly doubt: Doubt | undefined } {
    const before = this.fetchOffset;
    for (let rest = bytes; ;) {
      const checked = checkResponse(
        rest,
        this.#settings,
        {
          fetchOffset: this.fetchOffset,
          isBoundary: this.#isBoundary,
          isSparse: this.#isSparse,
          lastEpoch: this.fetchEpoch,
          leaderEpoch,
          highWatermark: this.highWatermark,
          lastStableOffset: this.lastStableOffset,
          isSecond: (offset) => this.#doubts.includes(offset),
        },
        (baseOffset, epoch) => this.#epochs.note(baseOffset, epoch),
      );
      const { end, next, epoch, doubt } = checked;
      this.#isSparse = checked.isSparse;
      if (next !== this.fetchOffset) {
        this.fetchOffset = next;
        this.fetchEpoch = epoch;
        this.#isBoundary = true;
        // All of it, if nothing is wrong: then the rest is the beginning of a batch that was cut off.
        this.#hold({ bytes: doubt === undefined ? rest : rest.subarray(0, end), at: 0, filter });
      }
      if (doubt === undefined) return { advanced: this.fetchOffset !== before, doubt };
      this.isDoubted = this.#mayDoubt(doubt.offset);
      this.isFetchedAlone = this.isDoubted && doubt.isCutOff;
      if (this.isDoubted) {
        this.#epochs.cutAt(doubt.offset);
        return { advanced: this.fetchOffset !== before, doubt };
      }
      // What follows knows where the damaged batch ends.
      const following = this.#following(rest, doubt);
      const damaged = rest.subarray(doubt.start, doubt.end);
      this.fetchOffset = following ?? this.#ownEnd(damaged, doubt.offset) ?? doubt.offset + 1;
      this.fetchEpoch = -1;
      this.#isBoundary = following !== undefined;
      this.#hold({
        bytes: damaged,
        at: 0,
        filter,
        batch: new DamagedBatch(this, damaged, doubt.offset, this.fetchOffset, doubt.why),
      });
      if (following === undefined) return { advanced: true, doubt: undefined };
      rest = rest.subarray(doubt.end);
    }
  }

  #hold(fetched: Fetched<K, V>): void {
    this.#fetched.push(fetched);
    this.heldBytes += fetched.bytes.length;
    this.#tally.bytes += fetched.bytes.length;
  }

  /** The offset behind a damaged batch by its own header, read as one of today's format, if that can be. */
  #ownEnd(bytes: Uint8Array, offset: number): number | undefined {
    if (bytes.length < layout.HEADER_BYTES) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const delta = view.getInt32(layout.LAST_OFFSET_DELTA);
    return layout.readInt64(view, layout.BASE_OFFSET) === offset && delta >= 0 && offset + delta < this.highWatermark
      ? offset + delta + 1
      : undefined;
  }

  /** The offset of the batch behind a damaged one, if that can be one. */
  #following(bytes: Uint8Array, { offset, end }: Doubt): number | undefined {
    try {
      const batch = batchAt(bytes, end, this.#settings);
      if (batch?.magic !== 2 || batch.baseOffset <= offset || batch.lastOffset < batch.baseOffset) return undefined;
      return this.highWatermark >= 0 && batch.lastOffset >= this.highWatermark ? undefined : batch.baseOffset;
    } catch {
      return undefined;
    }
  }

  /**
   * The next batch with records for the application, or undefined. Control batches, aborted ones, and those that lie
   * before the position are passed over. What is left of a batch's bytes is free when it is handed out.
   */
  nextBatch(): Batch<K, V> | undefined {
    for (let fetched = this.#fetched[0]; fetched !== undefined; fetched = this.#fetched[0]) {
      const { batch: opened } = fetched;
      if (opened !== undefined) {
        this.#fetched.shift();
        this.heldBytes -= fetched.bytes.length;
        if (opened.nextOffset <= this.position) continue;
        this.#tally.records += countOf(opened);
        return opened;
      }
      const batch = batchAt<K, V>(fetched.bytes, fetched.at, this.#settings);
      if (batch === undefined) {
        this.#fetched.shift();
        this.heldBytes -= fetched.bytes.length - fetched.at; // the tail that was cut off
        continue;
      }
      const isWanted = this.#isWanted(batch, fetched.filter);
      fetched.at += batch.sizeInBytes;
      this.heldBytes -= batch.sizeInBytes;
      if (isWanted) {
        this.#tally.records += countOf(batch);
        return batch;
      }
      this.position = Math.max(this.position, batch.nextOffset);
    }
    return undefined;
  }

  /**
   * A batch could not be read: it is the next again. `isKept`: this
   * object is handed out again, so that it is decompressed once.
   */
  putBack(batch: Batch<K, V>, isKept = false): void {
    const bytes = batch.bytes;
    this.#tally.records -= countOf(batch);
    if (batch === this.#damaged) {
      // The next loop reads what the log has then, not what came before.
      this.refetch();
      this.#trust();
      return;
    }
    this.#fetched.unshift({
      bytes,
      at: 0,
      filter: undefined,
      ...(isKept || batch instanceof DamagedBatch ? { batch } : {}),
    });
    this.heldBytes += bytes.length;
  }

  /**
   * Where reading goes on behind a batch that cannot be read. What its header says may be wrong as well: what follows
   * it in the log knows better, or the log's end.
   */
  nextAfter(batch: Batch<K, V>): number {
    const following = this.#held().next().value;
    const own = this.highWatermark < 0 ? batch.nextOffset : Math.min(batch.nextOffset, this.highWatermark);
    return Math.max(this.position + 1, following?.magic === 2 ? following.baseOffset : own);
  }

  /** A batch that cannot be read is passed over. */
  pass(batch: Batch<K, V>): void {
    this.position = this.nextAfter(batch);
    this.#damaged = undefined;
    this.fetchOffset = this.position;
    this.#isBoundary = false;
    for (const { nextOffset } of this.#held()) this.fetchOffset = Math.max(this.fetchOffset, nextOffset);
  }

  *#held(): Generator<Batch<K, V>, undefined, undefined> {
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

  #isWanted(batch: Batch<K, V>, filter: AbortedFilter | undefined): boolean {
    const { isControl } = batch;
    // A batch that is passed over is never read, so its header must be right. A damaged one is handed out, and the
    // reader finds the damage.
    if (isControl && !this.#isSound(batch)) return true;
    // The old formats know no transactions, and may have to be decompressed for their offsets.
    const isAborted = batch.magic === 2 && filter?.isAborted(batch, isControl && isAbortMarker(batch)) === true;
    const isWanted =
      !isControl && !isAborted && batch.lastOffset >= this.position && (batch.magic < 2 || batch.count !== 0);
    return isWanted || (!isControl && !this.#isSound(batch));
  }

  #isSound(batch: Batch<K, V>): boolean {
    return !this.#settings.checkCrcs || batch.isValid;
  }
}

/** For a wrapper of the old formats this decompresses, which may fail; the reader then reports why. */
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

/** The key of a control record is its type behind a version; the schema's one field is that type. */
function decodeControlType(key: Uint8Array): number {
  return decodeVersioned(controlRecordTypeSchema, key).message.type;
}

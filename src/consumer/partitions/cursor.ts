import type { Wait } from "../../cluster/waits.ts";
import type { KafkaError } from "../../errors/kafka-error.ts";
import type { Batch } from "../../records/batch.ts";
import type { ReadSettings } from "../../records/read-settings.ts";
import type { AbortedFilter } from "./aborted-filter.ts";
import { Availability } from "./availability.ts";
import type { BatchPreparation } from "./batch-preparation.ts";
import type { Tally } from "./counters.ts";
import { CursorRoute, type CursorSource } from "./cursor-route.ts";
import {
  type CursorEvent,
  type CursorState,
  type LostPosition,
  UNPLACED,
  notBefore,
  transition,
} from "./cursor-state.ts";
import type { EpochEnd } from "./epoch-history.ts";
import type { HeldBytes } from "./held-bytes.ts";
import type { Seeking } from "./offset-spec.ts";
import { PartitionLog } from "./partition-log.ts";
import { Progress } from "./progress.ts";
import type { Doubt } from "./response-check.ts";

/** The part of a partition's log that other files may read. */
export type LogView = Pick<
  PartitionLog<unknown, unknown>,
  | "fetchOffset"
  | "fetchEpoch"
  | "fetchGeneration"
  | "isParting"
  | "isDoubted"
  | "isFetchedAlone"
  | "hasData"
  | "heldBytes"
  | "highWatermark"
  | "answeredMs"
  | "lastStableOffset"
>;

/** The part of the consumer that a cursor calls. */
export interface CursorHost<K, V> {
  /** The bytes that all cursors of the consumer have buffered. */
  readonly held: HeldBytes;
  /** The cursor has a batch, which may have become deliverable. */
  readonly offer: (cursor: Cursor<K, V>) => void;
  /** Reports a bug of the client: an illegal event, or a position that went back without a seek. */
  readonly fault: (what: string) => void;
}

/**
 * One partition that the consumer reads: the application's position, the buffered batches, and the offset of the next
 * fetch. `cursor-state` has the states of the position. Only this file writes the fields; other files call methods.
 */
export class Cursor<K, V> {
  readonly topic: string;
  readonly partition: number;
  readonly #host: CursorHost<K, V>;
  readonly #log: PartitionLog<K, V>;
  /** How far the application has processed and committed. */
  readonly progress: Progress = new Progress();
  /** The broker to read from. */
  readonly route: CursorRoute<Cursor<K, V>> = new CursorRoute<Cursor<K, V>>();
  #state: CursorState = UNPLACED;
  #topicId: string | undefined;
  #position = -1;
  #generation = 0;
  readonly #availability = new Availability();
  #preparing: BatchPreparation<K, V> | undefined;
  #wait: Wait | undefined;

  constructor(topic: string, partition: number, settings: ReadSettings, tally: Tally, host: CursorHost<K, V>) {
    this.topic = topic;
    this.partition = partition;
    this.#host = host;
    this.#log = new PartitionLog<K, V>({ topic, partition }, settings, tally, host.held);
  }

  get state(): CursorState {
    return this.#state;
  }

  /** Set while the position must be looked up. */
  get seeking(): Seeking | undefined {
    return this.#state.name === "seeking" ? this.#state.where : undefined;
  }

  /** This consumer no longer reads the partition. If it is assigned again, it gets a new cursor. */
  get isGone(): boolean {
    return this.#state.name === "gone";
  }

  /** The id of the topic that the position belongs to; undefined while it is not known. */
  get topicId(): string | undefined {
    return this.#topicId;
  }

  /** The offset of the next record to deliver; −1 while it is not known. */
  get position(): number {
    return this.#position;
  }

  /** Increases with each seek; batches taken in an older generation are void. */
  get generation(): number {
    return this.#generation;
  }

  /** The offset of the next fetch, the buffered bytes, and the known end of the partition's log; read-only. */
  get log(): LogView {
    return this.#log;
  }

  /** The time before which nothing is fetched (monotonic ms); 0 for none. */
  get notBeforeMs(): number {
    return notBefore(this.#state);
  }

  /** The source that fetches it; undefined while no broker to read from is known. */
  get source(): CursorSource<Cursor<K, V>> | undefined {
    return this.route.source;
  }

  /** Whether nothing is delivered or fetched: the application paused it, or its group assigns or revokes it. */
  get isPaused(): boolean {
    return this.#availability.isPaused;
  }

  /** Whether the application paused it. */
  get isPausedByUser(): boolean {
    return this.#availability.isPausedByUser;
  }

  /** The loop that claimed this partition; other loops get none of its batches. */
  get taker(): unknown {
    return this.#availability.claimedBy;
  }

  /** Whether a loop over all partitions may take a batch. */
  get isOffered(): boolean {
    return this.#log.hasData && !this.isPaused && this.taker === undefined && this.#preparing?.isSettled !== false;
  }

  /** The first buffered batch while its serdes prepare for it. */
  get preparing(): BatchPreparation<K, V> | undefined {
    return this.#preparing;
  }

  /** The application pauses or resumes it. */
  pause(isPaused: boolean): void {
    this.#availability.pause(isPaused);
    this.#changed();
  }

  /** Stops delivery and fetching while the group assigns or revokes the partition. */
  hold(isHeld: boolean): void {
    this.#availability.hold(isHeld);
    this.#changed();
  }

  /** From now on only this loop gets its batches. */
  claim(loop: unknown): void {
    this.#availability.claim(loop);
  }

  /** Any loop may get its batches again. Does nothing if another loop claimed it. */
  release(loop: unknown): void {
    if (this.#availability.release(loop)) this.#host.offer(this);
  }

  /** Sets the preparation that the serdes need for the next batch; undefined for none. */
  prepare(preparation: BatchPreparation<K, V> | undefined): void {
    this.#preparing = preparation;
  }

  /** The position belongs to this topic. A topic that is recreated under the same name has another id. */
  identify(topicId: string): void {
    if (topicId === this.#topicId) return;
    if (this.#topicId !== undefined) this.progress.renewed();
    this.#topicId = topicId;
    this.source?.touch(this);
  }

  /** The application continues: `to` is the offset of the next record. */
  advance(to: number): void {
    if (to < this.#position) this.#fault(`its position went from ${this.#position} back to ${to} without a seek`);
    this.#position = to;
  }

  /** Records from `to` on were delivered and not processed; they are delivered again. */
  giveBack(to: number): void {
    this.#position = to;
  }

  /** Changes the broker to fetch from; undefined for none. */
  assignTo(source: CursorSource<Cursor<K, V>> | undefined): void {
    const before = this.source;
    if (source === before) return;
    this.route.lead(source);
    before?.touch(this);
    if (source === undefined) return;
    this.#move({ name: "moved" });
    source.touch(this);
  }

  /** A fetch failed. The next one is not sent before this time (monotonic ms). */
  failed(notBeforeMs: number): void {
    this.#move({ name: "failed", notBeforeMs });
    this.source?.touch(this);
  }

  /** Nothing failed, but the next fetch makes no sense before this time (monotonic ms). */
  defer(notBeforeMs: number): void {
    this.#move({ name: "deferred", notBeforeMs });
    this.source?.touch(this);
  }

  /** A broker returned OFFSET_OUT_OF_RANGE. */
  outOfRange(): void {
    this.#move({ name: "out-of-range" });
  }

  /** A broker does not know the partition. Returns since when that is so (monotonic ms). */
  unknown(nowMs: number): number {
    this.#move({ name: "unknown", nowMs });
    return this.#state.unknownSinceMs;
  }

  /** The application got an error that says that the partition is unknown. */
  reportedUnknown(): void {
    this.#move({ name: "reported" });
  }

  /** Reading failed. Logs a warning when failures go on. */
  tried(begin: () => Wait, error: KafkaError): void {
    this.#wait ??= begin();
    this.#wait.tried(error);
  }

  /** A fetch succeeded at this time (monotonic ms). */
  answered(highWatermark: number, lastStableOffset: number, nowMs: number): void {
    this.#move({ name: "answered" });
    this.#wait?.end();
    this.#log.answered(highWatermark, lastStableOffset, nowMs);
  }

  /** Another member may own it already: responses to fetches in flight are ignored. Ends with {@link remove}. */
  lose(): void {
    this.#move({ name: "removed" });
    this.#log.ignoreResponses();
    this.hold(true);
  }

  /** This consumer no longer reads it: drops buffered batches and ignores fetches in flight. */
  remove(): void {
    this.#move({ name: "removed" });
    this.#goTo(-1);
    this.#wait?.end();
    this.assignTo(undefined);
  }

  /** The leader epoch of the record before `offset`; −1 if it is not known. */
  epochBefore(offset: number): number {
    return this.#log.epochBefore(offset);
  }

  /**
   * Moves the position to `offset`. Drops buffered batches and ignores fetches in flight. `epoch` is the leader epoch
   * of the record before it.
   */
  moveTo(offset: number, epoch = -1): void {
    this.#move({ name: "placed" });
    this.#goTo(offset, epoch);
  }

  /** The position must be looked up. `lost` is the previous one, if the partition's log no longer has it. */
  seek(where: Seeking, lost?: LostPosition): void {
    this.#move({ name: "sought", where, lost });
    this.#goTo(-1);
  }

  /** It has no position until the application seeks. `from` is the previous one, if it may be valid again. */
  losePosition(from = -1): void {
    this.#move({ name: "lost", from });
    this.#goTo(-1);
  }

  /** The leader's log differs from the records that were read. Returns the first different offset, if known. */
  partsAt(end: EpochEnd): number | undefined {
    const offset = this.#log.partsAt(end);
    if (offset === undefined) this.#dropped();
    return offset;
  }

  /** The partition's log was truncated: records from `offset` on are gone, those below it are still there. */
  cutOff(offset: number): void {
    const to = Math.min(this.#position, offset);
    this.#move({ name: "placed" });
    this.#log.cutOff(to);
    this.#place(to);
  }

  /** Fetches again from the position, although the log was truncated below it: the application must seek. */
  stay(): void {
    this.#log.stay(this.#position);
    this.#dropped();
  }

  /**
   * Drops the fetched bytes and fetches again from the position. Records that the application is processing stay
   * valid.
   */
  refetch(): void {
    this.#log.refetch(this.#position);
    this.#dropped();
  }

  #goTo(offset: number, epoch = -1): void {
    this.#log.begin(offset, epoch);
    this.#place(offset);
  }

  #place(offset: number): void {
    this.#position = offset;
    this.progress.moved();
    this.#generation++;
    this.#dropped();
  }

  /** Nothing is buffered any more. */
  #dropped(): void {
    this.#preparing?.leave();
    this.#preparing = undefined;
    this.source?.touch(this);
  }

  /** Whether to fetch the unreadable batch at the position once more: yes for the first time. */
  doubt(batch: Batch<K, V> | undefined): boolean {
    return this.#log.doubt(batch, this.#position);
  }

  /**
   * Takes the batches of a response, up to the first that cannot be right. `leaderEpoch` is that of the request.
   * Returns whether the next fetch begins at a higher offset, and the doubt for which it is sent once more.
   */
  take(
    bytes: Uint8Array,
    filter: AbortedFilter | undefined,
    leaderEpoch = -1,
  ): { readonly advanced: boolean; readonly doubt: Doubt | undefined } {
    const before = this.#log.fetchOffset;
    const doubt = this.#log.take(bytes, filter, leaderEpoch, this.#position);
    this.#changed();
    return { advanced: this.#log.fetchOffset !== before, doubt };
  }

  /** The next batch with records for the application, or undefined. */
  nextBatch(): Batch<K, V> | undefined {
    const batch = this.#log.nextBatch(this.#position);
    this.#position = Math.max(this.#position, this.#log.passedTo);
    return batch;
  }

  /**
   * A batch could not be read, or was not used: it is the next again. With `isKept` the same object is taken again, so
   * that it is decompressed once.
   */
  putBack(batch: Batch<K, V>, isKept = false): void {
    this.#log.putBack(batch, isKept, this.#position);
    if (!this.#log.hasData) this.#dropped();
    this.#changed();
  }

  /** The position after a batch that cannot be read. */
  nextAfter(batch: Batch<K, V>): number {
    return this.#log.nextAfter(batch, this.#position);
  }

  /** Skips a batch that cannot be read. */
  pass(batch: Batch<K, V>): void {
    this.#position = this.nextAfter(batch);
    this.#log.passTo(this.#position);
    this.#changed();
  }

  #changed(): void {
    this.source?.touch(this);
    this.#host.offer(this);
  }

  #move(event: CursorEvent): void {
    const next = transition(this.#state, event);
    if (next === undefined) this.#fault(`the event "${event.name}" came in the state "${this.#state.name}"`);
    else this.#state = next;
  }

  #fault(what: string): void {
    this.#host.fault(`partition ${this.topic}-${this.partition}: ${what}`);
  }
}

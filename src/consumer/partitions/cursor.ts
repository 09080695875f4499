import type { Wait } from "../../cluster/waits.ts";
import type { KafkaError } from "../../errors/kafka-error.ts";
import type { Batch } from "../../records/batch.ts";
import type { ReadSettings } from "../../records/read-settings.ts";
import type { AbortedFilter } from "./aborted-filter.ts";
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

/** What others may look at of a partition's log. */
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
  | "lastStableOffset"
>;

/** What a cursor reports to its consumer. */
export interface CursorHost<K, V> {
  /** The bytes that all cursors of the consumer hold. */
  readonly held: HeldBytes;
  /** It has a batch, and may have become free to hand it out. */
  readonly offer: (cursor: Cursor<K, V>) => void;
  /** An event came that its state does not take, or a position went back without a seek: a fault of the client. */
  readonly fault: (what: string) => void;
}

/**
 * One partition being read: where the application is, what is held for it, and where fetching goes on. `cursor-state`
 * decides what is known of its position. Its fields are written here only: others call methods.
 */
export class Cursor<K, V> {
  readonly topic: string;
  readonly partition: number;
  readonly #host: CursorHost<K, V>;
  readonly #log: PartitionLog<K, V>;
  /** What the application said, and what is committed. */
  readonly progress: Progress = new Progress();
  /** From which broker it is read. */
  readonly route: CursorRoute<Cursor<K, V>> = new CursorRoute<Cursor<K, V>>();
  #state: CursorState = UNPLACED;
  #topicId: string | undefined;
  #position = -1;
  #generation = 0;
  #isPausedByUser = false;
  #isHeld = false;
  #isPaused = false;
  #taker: unknown;
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

  /** Set while the position must be asked for. */
  get seeking(): Seeking | undefined {
    return this.#state.name === "seeking" ? this.#state.where : undefined;
  }

  /** The partition is not this consumer's any more; if it comes back, it does so with another cursor. */
  get isGone(): boolean {
    return this.#state.name === "gone";
  }

  /** Of the topic that the position belongs to; undefined while it is not known. */
  get topicId(): string | undefined {
    return this.#topicId;
  }

  /** The offset of the next record that is delivered; −1 while it is not known. */
  get position(): number {
    return this.#position;
  }

  /** Rises with each seek: what was handed out before is not the application's any more. */
  get generation(): number {
    return this.#generation;
  }

  /** Where the next fetch begins, what is held, and what is known of the log's end: to be looked at. */
  get log(): LogView {
    return this.#log;
  }

  /** Nothing is fetched before this time (monotonic ms); 0 for none. */
  get notBeforeMs(): number {
    return notBefore(this.#state);
  }

  /** What fetches it; undefined while no broker is known that has it. */
  get source(): CursorSource<Cursor<K, V>> | undefined {
    return this.route.source;
  }

  /** Nothing is handed out, and nothing fetched: the application paused it, or its group holds it back. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Whether the application paused it, whatever its group does. */
  get isPausedByUser(): boolean {
    return this.#isPausedByUser;
  }

  /** The loop that has it for itself: nothing is handed out to others. */
  get taker(): unknown {
    return this.#taker;
  }

  /** Whether a batch may be handed out to a loop that reads all partitions. */
  get isOffered(): boolean {
    return this.#log.hasData && !this.#isPaused && this.#taker === undefined && this.#preparing?.isSettled !== false;
  }

  /** The first batch that is held, while its serdes fetch what they need for it. */
  get preparing(): BatchPreparation<K, V> | undefined {
    return this.#preparing;
  }

  /** The application's wish. */
  pause(isPaused: boolean): void {
    this.#isPausedByUser = isPaused;
    this.#suspend();
  }

  /** The group's: while a partition comes or goes nothing of it is delivered. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.#suspend();
  }

  #suspend(): void {
    this.#isPaused = this.#isHeld || this.#isPausedByUser;
    this.#changed();
  }

  /** A loop has it for itself from now on. */
  claim(taker: unknown): void {
    this.#taker = taker;
  }

  /** It is every loop's again; harmless from a loop that does not have it. */
  release(taker: unknown): void {
    if (this.#taker !== taker) return;
    this.#taker = undefined;
    this.#host.offer(this);
  }

  /** It is, or will be, the next batch's serdes that must fetch something first; undefined for none. */
  prepare(preparation: BatchPreparation<K, V> | undefined): void {
    this.#preparing = preparation;
  }

  /** The position belongs to this topic: one that was created again under its name has another id. */
  identify(topicId: string): void {
    if (topicId === this.#topicId) return;
    if (this.#topicId !== undefined) this.progress.renewed();
    this.#topicId = topicId;
    this.source?.touch(this);
  }

  /** The application moves on: `to` is the offset of the next record. */
  advance(to: number): void {
    if (to < this.#position) this.#fault(`its position went from ${this.#position} back to ${to} without a seek`);
    this.#position = to;
  }

  /** Records from `to` on that were handed out were not processed: they are the next again. */
  giveBack(to: number): void {
    this.#position = to;
  }

  /** Another broker fetches it, or none. */
  assignTo(source: CursorSource<Cursor<K, V>> | undefined): void {
    const before = this.source;
    if (source === before) return;
    this.route.lead(source);
    before?.touch(this);
    if (source === undefined) return;
    this.#move({ name: "moved" });
    source.touch(this);
  }

  /** A fetch failed: the next one is not sent before this time. */
  failed(notBeforeMs: number): void {
    this.#move({ name: "failed", notBeforeMs });
    this.source?.touch(this);
  }

  /** The next fetch is of no use before this time, though nothing failed. */
  defer(notBeforeMs: number): void {
    this.#move({ name: "deferred", notBeforeMs });
    this.source?.touch(this);
  }

  /** A broker said that its log does not have the position. */
  outOfRange(): void {
    this.#move({ name: "out-of-range" });
  }

  /** A broker does not know the partition; returns since when that is so: monotonic ms. */
  unknown(nowMs: number): number {
    this.#move({ name: "unknown", nowMs });
    return this.#state.unknownSinceMs;
  }

  /** The application has heard that it is unknown. */
  reportedUnknown(): void {
    this.#move({ name: "reported" });
  }

  /** Reading it fails: warns when that goes on. */
  tried(begin: () => Wait, error: KafkaError): void {
    this.#wait ??= begin();
    this.#wait.tried(error);
  }

  /** A broker answered a fetch well. */
  answered(highWatermark: number, lastStableOffset: number): void {
    this.#move({ name: "answered" });
    this.#wait?.end();
    this.#log.answered(highWatermark, lastStableOffset);
  }

  /** It may be others' already: nothing that is under way is taken. What is in hand stays until {@link remove}. */
  lose(): void {
    this.#move({ name: "removed" });
    this.#log.ignoreResponses();
    this.hold(true);
  }

  /** It is not this consumer's any more: what is held of it, and what is under way, is dropped. */
  remove(): void {
    this.#move({ name: "removed" });
    this.#goTo(-1);
    this.#wait?.end();
    this.assignTo(undefined);
  }

  /** In which leader epoch the record before `offset` was written, where that is known; else −1. */
  epochBefore(offset: number): number {
    return this.#log.epochBefore(offset);
  }

  /**
   * Goes on at another offset: what is held, and what is under way, is of no use any more. `epoch` is that of the
   * record before it.
   */
  moveTo(offset: number, epoch = -1): void {
    this.#move({ name: "placed" });
    this.#goTo(offset, epoch);
  }

  /** The position must be asked for. `lost`: the log does not have the one of before. */
  seek(where: Seeking, lost?: LostPosition): void {
    this.#move({ name: "sought", where, lost });
    this.#goTo(-1);
  }

  /** It has no position until somebody seeks; `from` is the one that it had, if that may be of use again. */
  losePosition(from = -1): void {
    this.#move({ name: "lost", from });
    this.#goTo(-1);
  }

  /** The leader's log differs from what was read: returns from where, or undefined while that is not known. */
  partsAt(end: EpochEnd): number | undefined {
    const offset = this.#log.partsAt(end);
    if (offset === undefined) this.#dropped();
    return offset;
  }

  /** What was read from `offset` on is not in the log any more. What was read below it is, and stays known. */
  cutOff(offset: number): void {
    const to = Math.min(this.#position, offset);
    this.#move({ name: "placed" });
    this.#log.cutOff(to);
    this.#place(to);
  }

  /** Fetches again from the position, although the log was cut off below it: the application must seek. */
  stay(): void {
    this.#log.stay(this.#position);
    this.#dropped();
  }

  /**
   * Drops the fetched bytes and fetches again from the position. Records that the application is working on stay as
   * they are.
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

  /** Nothing is held any more. */
  #dropped(): void {
    this.#preparing?.leave();
    this.#preparing = undefined;
    this.source?.touch(this);
  }

  /** Whether the batch at the position, which cannot be read, is to be fetched once more: the first time it is. */
  doubt(batch: Batch<K, V> | undefined): boolean {
    return this.#log.doubt(batch, this.#position);
  }

  /**
   * Takes what a response brought as far as it can be right. `leaderEpoch` is the one that was asked for. Returns
   * whether the next fetch begins any further, and what is not as it should be and is to be fetched once more.
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
   * A batch could not be read, or was not used: it is the next again. `isKept`: this
   * object is handed out again, so that it is decompressed once.
   */
  putBack(batch: Batch<K, V>, isKept = false): void {
    this.#log.putBack(batch, isKept, this.#position);
    if (!this.#log.hasData) this.#dropped();
    this.#changed();
  }

  /** Where reading goes on behind a batch that cannot be read. */
  nextAfter(batch: Batch<K, V>): number {
    return this.#log.nextAfter(batch, this.#position);
  }

  /** A batch that cannot be read is passed over. */
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

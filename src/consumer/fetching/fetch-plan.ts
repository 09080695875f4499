import { ZERO_UUID } from "../../wire/uuid.ts";
import type { ClusterClient } from "../../cluster/cluster-client.ts";
import type { Cursor } from "../partitions/cursor.ts";
import type { CursorSource } from "../partitions/cursor-route.ts";
import type { ReadingSettings } from "../partitions/reading-settings.ts";
import { FetchSession, type SessionEntry } from "./fetch-session.ts";

/** A cursor as it was when its fetch was sent. */
export interface Asked<K, V> {
  readonly cursor: Cursor<K, V>;
  /** The cursor's `fetchGeneration` when the fetch was sent: another one means that the response is void. */
  readonly generation: number;
  /** The leader epoch in the request, which a successful response confirms; −1 for none. */
  readonly leaderEpoch: number;
  /** Whether the previous response was damaged, so that this fetch repeats it. */
  readonly isDoubted: boolean;
}

/** The part of the fetcher that a plan needs. */
export interface PlanHost {
  readonly client: ClusterClient;
  readonly settings: ReadingSettings;
  /** Whether more bytes may be buffered. */
  hasRoom(): boolean;
}

/** A cursor in the session of its broker, with its state when the plan last looked at it. */
interface Place<K, V> extends Asked<K, V> {
  entry: SessionEntry<Place<K, V>> | undefined;
  generation: number;
  leaderEpoch: number;
  isDoubted: boolean;
}

/** The kind of the next request. */
export interface Sending<K, V> {
  /** Fetch only this partition: a broker sends the first batch of a response whole (KIP-74). */
  readonly alone: SessionEntry<Place<K, V>> | undefined;
  /** Whether it repeats the fetch of a damaged response. */
  readonly isDoubted: boolean;
}

/**
 * Decides which partitions the next request to a broker fetches: those that are not paused and have buffered less than
 * one response, from the end of their buffer. It looks only at cursors that changed since the last fetch, have buffered
 * bytes, or wait. So of 10,000 idle partitions it looks at none.
 */
export class FetchPlan<K, V> {
  readonly session: FetchSession<Place<K, V>> = new FetchSession<Place<K, V>>();
  readonly #source: CursorSource<Cursor<K, V>>;
  readonly #host: PlanHost;
  readonly #places = new Map<Cursor<K, V>, Place<K, V>>();
  /** The cursors to look at before the next request. */
  readonly #watched = new Set<Cursor<K, V>>();
  #isCrowded = false;

  constructor(source: CursorSource<Cursor<K, V>>, host: PlanHost) {
    this.#source = source;
    this.#host = host;
  }

  /** Whether a partition was left out because the buffer is full. */
  get isCrowded(): boolean {
    return this.#isCrowded;
  }

  touch(cursor: Cursor<K, V>): void {
    this.#watched.add(cursor);
  }

  /** Updates the session. Returns the time of the next look, for the case that nothing changes before. */
  look(nowMs: number): { readonly isCrowded: boolean; readonly wakeMs: number } {
    let wakeMs = Number.POSITIVE_INFINITY;
    this.#isCrowded = false;
    for (const cursor of this.#watched) {
      if (cursor.source !== this.#source) {
        this.#leave(cursor);
        continue;
      }
      // Another source has a request for this partition in flight. When that request has ended, its source kicks this
      // one.
      if (cursor.route.isAskedElsewhere(this.#source)) continue;
      const { log } = cursor;
      if (cursor.isPaused || log.fetchOffset < 0) {
        this.leaveOut(cursor);
        this.#watched.delete(cursor);
      } else if (nowMs < cursor.notBeforeMs) {
        wakeMs = Math.min(wakeMs, cursor.notBeforeMs);
        this.leaveOut(cursor);
      } else if (log.heldBytes > 0 && this.#isFull(log.heldBytes)) {
        this.#isCrowded = true;
        this.leaveOut(cursor);
      } else {
        this.#want(cursor);
        if (!log.hasData && !log.isDoubted) this.#watched.delete(cursor);
      }
    }
    return { isCrowded: this.#isCrowded, wakeMs };
  }

  #isFull(heldBytes: number): boolean {
    return heldBytes >= this.#host.settings.maxPartitionFetchBytes || !this.#host.hasRoom();
  }

  #want(cursor: Cursor<K, V>): void {
    const { topic, partition, log } = cursor;
    let place = this.#places.get(cursor);
    if (place === undefined) {
      place = { cursor, entry: undefined, generation: -1, leaderEpoch: -1, isDoubted: false };
      this.#places.set(cursor, place);
    }
    const { client, settings } = this.#host;
    const known = client.snapshot.topics.get(topic);
    const topicId = known?.topicId ?? ZERO_UUID;
    if (place.entry !== undefined && place.entry.topicId !== topicId) {
      this.session.leave(place.entry); // the topic was recreated, or its id became known
      place.entry = undefined;
    }
    place.entry ??= this.session.enter(topic, topicId, partition, settings.maxPartitionFetchBytes, place);
    place.leaderEpoch = known?.partitions[partition]?.leaderEpoch ?? -1;
    place.generation = log.fetchGeneration;
    place.isDoubted = log.isDoubted;
    this.session.want(place.entry, log.fetchOffset, place.leaderEpoch, log.fetchEpoch);
    cursor.route.askedBy(this.#source);
  }

  /** The next request does not fetch it. */
  leaveOut(cursor: Cursor<K, V>): void {
    const entry = this.#places.get(cursor)?.entry;
    if (entry !== undefined) this.session.unwant(entry);
    cursor.route.notAskedBy(this.#source);
  }

  /**
   * The partition has moved to another broker. Its source is kicked, because of this race:
   *
   * 1. This source begins a request, which may open a connection first. From now on no other source asks for the
   *    partition.
   * 2. Metadata moves the partition. The other source is kicked, and skips it.
   * 3. The connection is open. This source looks again, finds the partition gone, and has nothing to ask for. Nothing
   *    else would ever kick the other source.
   */
  #leave(cursor: Cursor<K, V>): void {
    const entry = this.#places.get(cursor)?.entry;
    if (entry !== undefined) this.session.leave(entry);
    this.#places.delete(cursor);
    this.#watched.delete(cursor);
    cursor.route.notAskedBy(this.#source);
    cursor.source?.kick();
  }

  /** The cursors that the next request fetches. */
  cursors(): readonly Cursor<K, V>[] {
    return [...this.session.all()].flatMap(({ owner }) => (owner === undefined ? [] : [owner.cursor]));
  }

  /** The kind of the next request. Damaged partitions are checked before each request. */
  sends(): Sending<K, V> {
    let isDoubted = false;
    for (const cursor of this.#watched) {
      const place = this.#places.get(cursor);
      if (place?.entry?.isWanted !== true || !place.isDoubted) continue;
      if (cursor.log.isFetchedAlone) return { alone: place.entry, isDoubted: true };
      isDoubted = true;
    }
    return { alone: undefined, isDoubted };
  }

  /** The state of a partition when its fetch was sent; by topic id if the response has no topic name. */
  find(topic: string, topicId: string, partition: number): Asked<K, V> | undefined {
    return this.session.find(topic, topicId, partition)?.owner;
  }

  /** A request has ended. Partitions that moved to other brokers meanwhile can be fetched there now. */
  kickMoved(): void {
    for (const cursor of this.#watched) if (cursor.source !== this.#source) this.#leave(cursor);
  }
}

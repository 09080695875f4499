import { ZERO_UUID } from "../../wire/uuid.ts";
import type { ClusterClient } from "../../cluster/cluster-client.ts";
import type { Cursor } from "../partitions/cursor.ts";
import type { CursorSource } from "../partitions/cursor-route.ts";
import type { ReadingSettings } from "../partitions/reading-settings.ts";
import { FetchSession, type SessionEntry } from "./fetch-session.ts";

/** A cursor as it was when its fetch was sent. */
export interface Asked<K, V> {
  readonly cursor: Cursor<K, V>;
  /** Its `fetchGeneration`. */
  readonly generation: number;
  /** The leader epoch that the request named, which the broker confirms by answering; −1 for none. */
  readonly leaderEpoch: number;
  /** The previous response was damaged. */
  readonly isDoubted: boolean;
}

/** What a plan needs of the fetcher. */
export interface PlanHost {
  readonly client: ClusterClient;
  readonly settings: ReadingSettings;
  /** Whether more bytes may be held. */
  hasRoom(): boolean;
}

/** A cursor in the session of its broker, as it was when it was looked at last. */
interface Place<K, V> extends Asked<K, V> {
  entry: SessionEntry<Place<K, V>> | undefined;
  generation: number;
  leaderEpoch: number;
  isDoubted: boolean;
}

/** What the next request is. */
export interface Sending<K, V> {
  /** It asks for this partition and for no other: a broker sends the first batch of a response whole (KIP-74). */
  readonly alone: SessionEntry<Place<K, V>> | undefined;
  /** It asks again for what came damaged. */
  readonly isDoubted: boolean;
}

/**
 * Which partitions of a broker the next request asks for: those that are not paused, and hold less than a response's
 * worth, from after what they hold. A fetch looks only at cursors that have changed since the last one, that hold
 * something, or that wait: of 10,000 partitions that are idle none.
 */
export class FetchPlan<K, V> {
  readonly session: FetchSession<Place<K, V>> = new FetchSession<Place<K, V>>();
  readonly #source: CursorSource<Cursor<K, V>>;
  readonly #host: PlanHost;
  readonly #places = new Map<Cursor<K, V>, Place<K, V>>();
  /** What to look at before the next request. */
  readonly #watched = new Set<Cursor<K, V>>();
  #isCrowded = false;

  constructor(source: CursorSource<Cursor<K, V>>, host: PlanHost) {
    this.#source = source;
    this.#host = host;
  }

  /** Whether a partition was left out for want of room. */
  get isCrowded(): boolean {
    return this.#isCrowded;
  }

  touch(cursor: Cursor<K, V>): void {
    this.#watched.add(cursor);
  }

  /** Brings the session up to date. Returns when to look again though nothing changes, besides. */
  look(nowMs: number): { readonly isCrowded: boolean; readonly wakeMs: number } {
    let wakeMs = Number.POSITIVE_INFINITY;
    this.#isCrowded = false;
    for (const cursor of this.#watched) {
      if (cursor.source !== this.#source) {
        this.#leave(cursor);
        continue;
      }
      // Until that request has ended, which kicks this source.
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
      this.session.leave(place.entry); // the topic was created again, or its id is known by now
      place.entry = undefined;
    }
    place.entry ??= this.session.enter(topic, topicId, partition, settings.maxPartitionFetchBytes, place);
    place.leaderEpoch = known?.partitions[partition]?.leaderEpoch ?? -1;
    place.generation = log.fetchGeneration;
    place.isDoubted = log.isDoubted;
    this.session.want(place.entry, log.fetchOffset, place.leaderEpoch, log.fetchEpoch);
    cursor.route.askedBy(this.#source);
  }

  /** The next request does not ask for it. */
  leaveOut(cursor: Cursor<K, V>): void {
    const entry = this.#places.get(cursor)?.entry;
    if (entry !== undefined) this.session.unwant(entry);
    cursor.route.notAskedBy(this.#source);
  }

  #leave(cursor: Cursor<K, V>): void {
    const entry = this.#places.get(cursor)?.entry;
    if (entry !== undefined) this.session.leave(entry);
    this.#places.delete(cursor);
    this.#watched.delete(cursor);
    cursor.route.notAskedBy(this.#source);
  }

  /** The cursors that the next request asks for. */
  cursors(): readonly Cursor<K, V>[] {
    return [...this.session.all()].flatMap(({ owner }) => (owner === undefined ? [] : [owner.cursor]));
  }

  /** What kind of request comes next. What came damaged is looked at before each request. */
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

  /** What was asked of a partition that a response names; by its topic id where it names no topic. */
  find(topic: string, topicId: string, partition: number): Asked<K, V> | undefined {
    return this.session.find(topic, topicId, partition)?.owner;
  }

  /** A request has ended: partitions that went to other brokers meanwhile may be asked for there. */
  kickMoved(): void {
    for (const cursor of this.#watched) {
      if (cursor.source === this.#source) continue;
      this.#leave(cursor);
      cursor.source?.kick();
    }
  }
}

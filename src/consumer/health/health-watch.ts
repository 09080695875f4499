import type { Fetcher } from "../fetching/fetcher.ts";
import type { Membership } from "../group/membership.ts";
import type { Cursor } from "../partitions/cursor.ts";
import type { SourceFailure } from "../partitions/cursor-route.ts";
import type { Reading } from "../partitions/reading.ts";
import {
  type ConsumerHealth,
  checkHealthOptions,
  type GroupHealth,
  type HealthOptions,
  type PartitionHealth,
} from "./health.ts";
import { ProgressSamples } from "./progress-samples.ts";
import { type HealthFacts, type Lasting, verdictOn } from "./verdict.ts";

/** Java: `max.poll.interval.ms`. For consumers without a group, which have no such option. */
const MAX_POLL_INTERVAL_MS = 300_000;
/** More would fill a screen. */
const PARTITIONS_IN_WORDS = 3;

/** The part of the consumer that a watch needs. */
export interface WatchHost<K, V> {
  readonly fetcher: Fetcher<K, V>;
  /** Undefined without a group. */
  membership(): Membership<K, V> | undefined;
  /** The lag that the last fetch reported. */
  lagOf(cursor: Cursor<K, V>): number | undefined;
  isClosing(): boolean;
}

/** Looks at a consumer, and decides whether it is healthy. */
export class HealthWatch<K, V> {
  readonly #host: WatchHost<K, V>;
  readonly #samples = new ProgressSamples<K, V>();

  constructor(host: WatchHost<K, V>) {
    this.#host = host;
  }

  look(options: HealthOptions): ConsumerHealth {
    checkHealthOptions(options, "health");
    const { fetcher } = this.#host;
    const { client, handOut, settings } = fetcher;
    const membership = this.#host.membership();
    const maxPollIntervalMs = membership?.group.maxPollIntervalMs ?? MAX_POLL_INTERVAL_MS;
    const { stuckAfterMs = maxPollIntervalMs, unreachableAfterMs = settings.defaultApiTimeoutMs } = options;
    const nowMs = client.clock.monotonic();
    const isClosing = this.#host.isClosing();
    this.#samples.begin();
    const busySince = new Map([...handOut.loops].map((loop) => [loop, this.#busySince(loop, nowMs)] as const));
    const facts: HealthFacts = {
      isClosing,
      fatal: membership?.fatal ?? handOut.failure,
      isAway: membership?.state === "away",
      busy: [...this.#loops(busySince), ...this.#callbacks(nowMs)],
      unreachable: [...this.#unreachable(nowMs)],
    };
    const { isStuck, reasons } = verdictOn(facts, nowMs, { stuckAfterMs, unreachableAfterMs });
    return {
      healthy: reasons.length === 0,
      reasons,
      isStuck,
      state: isClosing ? (client.tasks.isClosed ? "closed" : "closing") : handOut.isActive ? "reading" : "idle",
      group: this.#group(membership),
      partitions: [...fetcher.partitions].map((cursor) => this.#partition(cursor, busySince, nowMs)),
    };
  }

  /** Since when a loop has made no progress; undefined while it waits for records. */
  #busySince(loop: Reading<K, V>, nowMs: number): number | undefined {
    const seenMs = this.#samples.busySinceMs(loop, this.#host.fetcher.partitions, nowMs);
    // The group's own watch looks once a second, also if `health` was never called.
    return seenMs === undefined ? undefined : Math.min(seenMs, this.#host.membership()?.stalledSinceMs(loop) ?? seenMs);
  }

  *#loops(busySince: ReadonlyMap<Reading<K, V>, number | undefined>): Generator<Lasting, undefined, undefined> {
    const { handOut, partitions } = this.#host.fetcher;
    for (const [loop, sinceMs] of busySince) {
      if (sinceMs === undefined) continue;
      const held = [...partitions].filter((cursor) => loop.hand.holds(cursor));
      const places = held
        .slice(0, PARTITIONS_IN_WORDS)
        .map((cursor) => `${placeOf(cursor)} (offset ${loop.hand.doneTo(cursor) ?? -1})`);
      const left = held.length > places.length ? ` and ${held.length - places.length} more partitions` : "";
      const of = places.length === 0 ? "" : `, in progress: ${places.join(", ")}${left}`;
      yield {
        what: loop.isRun ? `a callback of run has not ended${of},` : `the loop has not asked for its next record${of},`,
        sinceMs,
      };
    }
    if (handOut.idleSinceMs !== undefined)
      yield { what: "the last loop has ended, and no other has begun,", sinceMs: handOut.idleSinceMs };
  }

  /** Hooks of a rebalance, and serdes that prepare to read. */
  *#callbacks(nowMs: number): Generator<Lasting, undefined, undefined> {
    const hook = this.#host.membership()?.runningHook;
    if (hook !== undefined) yield { what: `${hook.name} has not ended`, sinceMs: hook.sinceMs };
    for (const cursor of this.#host.fetcher.partitions)
      if (cursor.preparing?.isSettled === false && !cursor.isPaused) {
        const what = `prepareRead of a serde has not ended for ${placeOf(cursor)},`;
        yield { what, sinceMs: this.#samples.firstSeenMs(what, nowMs) };
      }
  }

  /** Brokers, the coordinator and metadata. Without a loop the consumer asks for nothing. */
  *#unreachable(nowMs: number): Generator<Lasting, undefined, undefined> {
    const { fetcher } = this.#host;
    const { client, handOut } = fetcher;
    if (!handOut.isActive) return;
    const membership = this.#host.membership();
    const { groupId } = fetcher.settings.group ?? { groupId: "" };
    if (membership?.failure !== undefined) {
      const { sinceMs, error } = membership.failure;
      yield { what: `requests of group ${groupId} have failed`, sinceMs, more: error.message };
    }
    if (membership?.startingSinceMs !== undefined) {
      const what = `the coordinator of group ${groupId} was not found`;
      yield { what, sinceMs: membership.startingSinceMs, more: client.metadataError?.message };
    }
    yield* this.#metadata(nowMs);
    yield* this.#sources(nowMs);
  }

  /**
   * Only until metadata has come once. Later, an error of metadata says little: it is forgotten when metadata is next
   * asked for, and fetches may go well meanwhile.
   */
  *#metadata(nowMs: number): Generator<Lasting, undefined, undefined> {
    const { client, handOut } = this.#host.fetcher;
    const { metadataError, snapshot } = client;
    if (snapshot.updatedAtMs >= 0) return;
    const what = "metadata cannot be fetched";
    yield { what, sinceMs: handOut.activeSinceMs ?? nowMs, more: metadataError?.message };
  }

  /** Brokers whose fetches fail, and partitions that cannot be fetched at all. */
  *#sources(nowMs: number): Generator<Lasting, undefined, undefined> {
    const failing = new Map<number, SourceFailure>();
    const [leaderless, lost]: [string[], string[]] = [[], []];
    for (const cursor of this.#host.fetcher.partitions) {
      if (cursor.isPaused) continue;
      const { source } = cursor;
      if (source === undefined) leaderless.push(placeOf(cursor));
      else if (cursor.position < 0) lost.push(placeOf(cursor));
      else if (source.failure !== undefined) failing.set(source.nodeId, source.failure);
    }
    for (const [nodeId, { sinceMs, error }] of failing)
      yield { what: `broker ${nodeId} cannot be fetched from`, sinceMs, more: error.message };
    for (const [what, places] of [
      ["partitions have had no leader", leaderless],
      ["the positions of partitions were not found", lost],
    ] as const) {
      const sinceMs = places.map((place) => this.#samples.firstSeenMs(`${what}: ${place}`, nowMs));
      if (places.length > 0) yield { what, sinceMs: Math.min(...sinceMs), more: namesOf(places) };
    }
  }

  #partition(
    cursor: Cursor<K, V>,
    busySince: ReadonlyMap<Reading<K, V>, number | undefined>,
    nowMs: number,
  ): PartitionHealth {
    const { topic, partition, isPausedByUser: isPaused } = cursor;
    const lag = this.#host.lagOf(cursor);
    const found = [...busySince].find(([loop]) => loop.reads(cursor));
    if (found === undefined) return { topic, partition, sinceAskedMs: undefined, lag, isPaused };
    const [loop, busyMs = nowMs] = found;
    const isOwn = loop.isRun && loop.hand.holds(cursor);
    const sinceMs = loop.waitsFor(cursor) ? nowMs : isOwn ? this.#samples.recordSinceMs(loop, cursor, nowMs) : busyMs;
    return { topic, partition, sinceAskedMs: nowMs - sinceMs, lag, isPaused };
  }

  #group(membership: Membership<K, V> | undefined): GroupHealth | undefined {
    const state = membership?.state;
    if (membership === undefined || state === undefined) return undefined;
    const { groupId, memberId = "", generationId = -1 } = membership.metadata();
    return { groupId, state, memberId, generationId };
  }
}

function placeOf({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic}-${partition}`;
}

function namesOf(places: readonly string[]): string {
  const more = places.length > PARTITIONS_IN_WORDS ? `, and ${places.length - PARTITIONS_IN_WORDS} more` : "";
  return `${places.slice(0, PARTITIONS_IN_WORDS).join(", ")}${more}`;
}

import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { type CommittedOffset, committedPlace } from "../../cluster/group-offsets.ts";
import {
  EARLIEST,
  LATEST,
  type LookupResult,
  type OffsetQuery,
  lookUpOffsets,
} from "../../cluster/offsets/offset-lookup.ts";
import { ask } from "../../cluster/routing/ask.ts";
import { PartitionMap } from "../../cluster/routing/partition-map.ts";
import { done, refusal } from "../../cluster/routing/verdict.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";
import type { Wait } from "../../cluster/waits.ts";
import { refreshesMetadata } from "../../errors/broker-error.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { Connection } from "../../network/connection.ts";
import type { Cancellation } from "../../runtime/cancellation.ts";
import { DeadlineEntry } from "../../runtime/deadline-wheel.ts";
import { WorkLoop } from "../../runtime/work-loop.ts";
import type { Cursor } from "./cursor.ts";
import { tailOf, timestampOf } from "./offset-spec.ts";
import { noStartError } from "./position-lost.ts";
import type { ReadingSettings } from "./reading-settings.ts";

/** The committed offsets of partitions, in their order; null or undefined for none. */
export type CommittedLookup = (
  partitions: readonly TopicPartition[],
  signal: Cancellation,
) => Promise<readonly (CommittedOffset | null)[]>;

/** The part of the fetcher that the finder needs. */
export interface PositionHost<K, V> {
  readonly client: ClusterClient;
  readonly isReadCommitted: boolean;
  isActive(): boolean;
  cursors(): Iterable<Cursor<K, V>>;
  found(cursor: Cursor<K, V>, offset: number, leaderEpoch?: number): void;
  /** Committed offsets, for a consumer that reads `assign` and commits for a group without joining it. */
  readonly committed: CommittedLookup;
  /** The position of a partition without a committed offset; undefined if that is an error. */
  readonly settings: Pick<ReadingSettings, "startOffset" | "startOption">;
  fail(error: KafkaError): void;
}

const LOOKING_UP = "cannot look up the offsets at which reading begins";

/** Looks up the positions of cursors that have none, with one request for each leader. */
export class PositionFinder<K, V> extends DeadlineEntry {
  readonly #host: PositionHost<K, V>;
  readonly #loop: WorkLoop;
  #failures = 0;
  /** The wait that logs when offsets cannot be looked up. */
  #wait: Wait | undefined;

  constructor(host: PositionHost<K, V>) {
    super();
    this.#host = host;
    this.#loop = new WorkLoop(host.client.tasks, (signal) => this.#work(signal));
  }

  kick(): void {
    this.#loop.kick();
  }

  override onDeadline(): void {
    this.#loop.kick();
  }

  async #work(signal: Cancellation): Promise<void> {
    const { client } = this.#host;
    if (!this.#host.isActive()) return;
    let failed = await this.#committed(signal);
    if (signal.aborted) return;
    failed = (await this.#asked(signal)) || failed;
    if (signal.aborted) return;
    if (!failed) {
      this.#failures = 0;
      this.#wait?.end();
    } else client.deadlines.add(this, client.clock.monotonic() + client.backoffMs(this.#failures++));
  }

  /** Returns whether to try again. */
  async #committed(signal: Cancellation): Promise<boolean> {
    const cursors: Cursor<K, V>[] = [];
    for (const cursor of this.#host.cursors()) if (cursor.seeking === "committed") cursors.push(cursor);
    if (cursors.length === 0) return false;
    const generations = cursors.map((cursor) => cursor.generation);
    let offsets: readonly (CommittedOffset | null)[];
    try {
      offsets = await this.#host.committed(
        cursors.map(({ topic, partition }) => ({ topic, partition })),
        signal,
      );
    } catch (error) {
      return !signal.aborted && this.#failed(KafkaError.from(error));
    }
    for (const [i, cursor] of cursors.entries()) {
      if (cursor.generation !== generations[i]) continue; // the application sought meanwhile
      const found = offsets[i] ?? null;
      const place = found === null ? undefined : committedPlace(found.offset, found.metadata);
      if (place !== undefined) cursor.seek(place);
      else if (found !== null) {
        this.#host.found(cursor, found.offset, found.leaderEpoch);
        cursor.progress.noteCommitted(found.offset);
      } else if (this.#host.settings.startOffset !== undefined) cursor.seek(this.#host.settings.startOffset);
      else {
        this.#host.fail(
          noStartError(
            this.#host.settings,
            cursor,
            `the group has committed no offset of ${cursor.topic}-${cursor.partition}`,
          ),
        );
        cursor.losePosition();
      }
    }
    return false;
  }

  /**
   * Asks each leader once, and sets each position as soon as its leader has responded. Returns whether to try again.
   * Cursors without a leader wait for metadata.
   */
  async #asked(signal: Cancellation): Promise<boolean> {
    const cursors: { readonly cursor: Cursor<K, V>; readonly nodeId: number; readonly generation: number }[] = [];
    for (const cursor of this.#host.cursors()) {
      const { seeking, source, generation } = cursor;
      if (seeking !== undefined && seeking !== "committed" && source !== undefined)
        cursors.push({ cursor, nodeId: source.nodeId, generation });
    }
    if (cursors.length === 0) return false;
    const results = await ask(
      this.#host.client,
      {
        what: LOOKING_UP,
        keys: cursors,
        route: { to: "broker", nodeId: ({ nodeId }) => nodeId },
        maxTries: 1,
        send: async (connection, asked) => {
          const found = await this.#lookUp(
            connection,
            asked.map(({ cursor }) => cursor),
          );
          return found.map(({ offset, error }, i) => {
            const { cursor, generation } = asked[i] ?? {};
            if (cursor === undefined || cursor.generation !== generation) return done(true); // sought meanwhile
            if (error !== undefined) return refusal(error);
            if (!signal.aborted) this.#host.found(cursor, offset);
            return done(true);
          });
        },
      },
      { timeoutMs: Number.POSITIVE_INFINITY, signal },
      { wait: "none" },
    );
    if (signal.aborted) return false;
    let isFailed = false;
    // All cursors of a failed request have the same error object.
    for (const error of new Set(results.flatMap((result) => result.error ?? [])))
      isFailed = this.#failed(error) || isFailed;
    return isFailed;
  }

  /**
   * Looks up positions by time. If all records are older, reading begins at the end as it was *before* the lookup, so
   * that records written in between are not skipped. The broker handles the requests in order. A tail needs a second
   * request: it is counted from the end and begins at the first record at the earliest, and a request may contain a
   * partition only once.
   */
  async #lookUp(connection: Connection, cursors: readonly Cursor<K, V>[]): Promise<readonly LookupResult[]> {
    const { client, isReadCommitted } = this.#host;
    const nowMs = client.clock.now();
    const queries = cursors.map(({ topic, partition, seeking }) => ({
      topic,
      partition,
      tail: tailOf(seeking),
      timestamp: timestampOf(seeking === undefined || seeking === "committed" ? "earliest" : seeking, nowMs),
    }));
    const { snapshot, cluster } = client;
    const options = { isReadCommitted, snapshot, timeoutMs: cluster.settings.requestTimeoutMs };
    const at = async (asked: readonly OffsetQuery[], timestamp: number): Promise<PartitionMap<LookupResult>> => {
      const found = new PartitionMap<LookupResult>();
      if (asked.length === 0) return found;
      const places = asked.map(({ topic, partition }) => ({ topic, partition, timestamp }));
      for (const [i, result] of (await lookUpOffsets(connection, places, options)).entries())
        found.set(places[i] as OffsetQuery, result);
      return found;
    };
    const [ends, found, beginnings] = await Promise.all([
      at(
        queries.filter(({ timestamp }) => timestamp >= 0),
        LATEST,
      ),
      lookUpOffsets(connection, queries, options),
      at(
        queries.filter(({ tail }) => tail !== undefined),
        EARLIEST,
      ),
    ]);
    return found.map((result, i) => {
      const query = queries[i];
      if (result.error !== undefined || query === undefined) return result;
      if (query.tail === undefined) return result.offset < 0 ? (ends.get(query) ?? result) : result;
      const beginning = beginnings.get(query);
      if (beginning === undefined || beginning.error !== undefined) return beginning ?? result;
      return { ...result, offset: Math.max(beginning.offset, result.offset - query.tail) };
    });
  }

  /** Returns whether to try again. */
  #failed(error: KafkaError): boolean {
    if (!error.retriable && error.kind !== "connection") {
      this.#host.fail(error);
      return false;
    }
    const { client } = this.#host;
    this.#wait ??= client.waits.begin(LOOKING_UP, { isLoop: true });
    this.#wait.tried(error);
    if (error.code === undefined || refreshesMetadata(error.code)) client.refreshMetadata();
    return true;
  }
}

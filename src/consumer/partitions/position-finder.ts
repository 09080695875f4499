import type { ClusterClient } from "../../cluster/cluster-client.ts";
import type { Wait } from "../../cluster/waits.ts";
import { refreshesMetadata } from "../../errors/broker-error.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { Cancellation } from "../../runtime/cancellation.ts";
import { DeadlineEntry } from "../../runtime/deadline-wheel.ts";
import { WorkLoop } from "../../runtime/work-loop.ts";
import type { Cursor } from "./cursor.ts";
import { type LookupResult, type OffsetQuery, lookUpOffsets } from "./offset-lookup.ts";
import { EARLIEST, LATEST, tailOf, timestampOf } from "./offset-spec.ts";
import type { ReadingSettings } from "./reading-settings.ts";
import { noStartError } from "./position-lost.ts";
import type { CommittedOffset } from "../../cluster/group-offsets.ts";
import type { TopicPartition } from "./topic-partition.ts";

/** What a group has committed for partitions, in their order; null or nothing where it has not. */
export type CommittedLookup = (
  partitions: readonly TopicPartition[],
  signal: Cancellation,
) => Promise<readonly (CommittedOffset | null)[]>;

/** What the finder needs of the fetcher. */
export interface PositionHost<K, V> {
  readonly client: ClusterClient;
  readonly isReadCommitted: boolean;
  isActive(): boolean;
  cursors(): Iterable<Cursor<K, V>>;
  found(cursor: Cursor<K, V>, offset: number, leaderEpoch?: number): void;
  /** What the group has committed, of a consumer that reads by hand in the name of one. */
  readonly committed: CommittedLookup;
  /** Where a partition begins of which nothing is committed; undefined where that is an error. */
  readonly settings: Pick<ReadingSettings, "startOffset" | "startOption">;
  fail(error: KafkaError): void;
}

/** Finds the positions of cursors that have none, one request for each leader. */
export class PositionFinder<K, V> extends DeadlineEntry {
  readonly #host: PositionHost<K, V>;
  readonly #loop: WorkLoop;
  #failures = 0;
  /** The wait for offsets that cannot be had. */
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
    for (const [nodeId, cursors] of this.#groups()) {
      const generations = cursors.map((cursor) => cursor.generation);
      try {
        const results = await this.#lookUp(nodeId, cursors, signal);
        results.forEach(({ offset, error }, i) => {
          const cursor = cursors[i];
          if (cursor === undefined || cursor.generation !== generations[i]) return; // sought elsewhere meanwhile
          if (error === undefined) this.#host.found(cursor, offset);
          else failed = this.#failed(error) || failed;
        });
      } catch (error) {
        if (signal.aborted) return;
        failed = this.#failed(KafkaError.from(error)) || failed;
      }
    }
    if (!failed) {
      this.#failures = 0;
      this.#wait?.end();
    } else client.deadlines.add(this, client.clock.monotonic() + client.backoffMs(this.#failures++));
  }

  /** Answers whether to try again. */
  async #committed(signal: Cancellation): Promise<boolean> {
    const cursors = [...this.#host.cursors()].filter(({ seeking }) => seeking === "committed");
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
      if (cursor.generation !== generations[i]) continue; // sought elsewhere meanwhile
      const found = offsets[i] ?? null;
      if (found !== null) {
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
   * Where nothing is as young as the time that is looked for, reading begins at the end; as it was
   * *before* the look for the time: of what is written meanwhile nothing is passed over. The broker
   * takes the requests in their order. A tail is counted from the end, and begins at the first record
   * at the earliest: that needs a second request, since a broker takes a partition once in each.
   */
  async #lookUp(
    nodeId: number,
    cursors: readonly Cursor<K, V>[],
    signal: Cancellation,
  ): Promise<readonly LookupResult[]> {
    const { client, isReadCommitted } = this.#host;
    const nowMs = client.clock.now();
    const queries = cursors.map(({ topic, partition, seeking }) => ({
      topic,
      partition,
      tail: tailOf(seeking),
      timestamp: timestampOf(seeking === undefined || seeking === "committed" ? "earliest" : seeking, nowMs),
    }));
    const ask = (
      asked: readonly OffsetQuery[],
      timestamp: number,
    ): Promise<readonly LookupResult[]> | readonly LookupResult[] =>
      asked.length === 0
        ? []
        : lookUpOffsets(
            client,
            nodeId,
            asked.map(({ topic, partition }) => ({ topic, partition, timestamp })),
            isReadCommitted,
            signal,
          );
    const timed = queries.filter(({ timestamp }) => timestamp >= 0);
    const tails = queries.filter(({ tail }) => tail !== undefined);
    const [ends, found, beginnings] = await Promise.all([
      ask(timed, LATEST),
      lookUpOffsets(client, nodeId, queries, isReadCommitted, signal),
      ask(tails, EARLIEST),
    ]);
    return found.map((result, i) => {
      const query = queries[i];
      if (result.error !== undefined || query === undefined) return result;
      if (query.tail === undefined) return result.offset < 0 ? (ends[timed.indexOf(query)] ?? result) : result;
      const beginning = beginnings[tails.indexOf(query)];
      if (beginning === undefined || beginning.error !== undefined) return beginning ?? result;
      return { ...result, offset: Math.max(beginning.offset, result.offset - query.tail) };
    });
  }

  /** Cursors without a position, by leader. Those without a leader wait for metadata. */
  #groups(): ReadonlyMap<number, Cursor<K, V>[]> {
    const groups = new Map<number, Cursor<K, V>[]>();
    for (const cursor of this.#host.cursors()) {
      const nodeId = cursor.source?.nodeId;
      if (cursor.seeking === undefined || cursor.seeking === "committed" || nodeId === undefined) continue;
      const group = groups.get(nodeId);
      if (group === undefined) groups.set(nodeId, [cursor]);
      else group.push(cursor);
    }
    return groups;
  }

  /** Whether to try again. */
  #failed(error: KafkaError): boolean {
    if (!error.retriable && error.kind !== "connection") {
      this.#host.fail(error);
      return false;
    }
    const { client } = this.#host;
    this.#wait ??= client.waits.begin("looking up where to begin reading", { isLoop: true });
    this.#wait.tried(error);
    if (error.code === undefined || refreshesMetadata(error.code)) client.refreshMetadata();
    return true;
  }
}

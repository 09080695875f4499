import type { ClusterClient } from "../../cluster/cluster-client.ts";
import type { Wait } from "../../cluster/waits.ts";
import { isPermanent } from "../../errors/is-permanent.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { Connection } from "../../network/connection.ts";
import { type FetchRequest, type FetchResponse, fetchApi } from "../../protocol/messages/fetch.ts";
import type { Input } from "../../protocol/schema.ts";
import type { Cancellation } from "../../runtime/cancellation.ts";
import { DeadlineEntry } from "../../runtime/deadline-wheel.ts";
import { WorkLoop } from "../../runtime/work-loop.ts";
import { ZERO_UUID } from "../../wire/uuid.ts";
import type { Cursor } from "../partitions/cursor.ts";
import { type EpochAnswer, FETCHED_EPOCH_SINCE, checkEpochs, unchecked } from "./epoch-check.ts";
import { FetchSession, type SessionPartition, type SessionRequest } from "./fetch-session.ts";
import type { ReadingSettings } from "../partitions/reading-settings.ts";
import type { Timing } from "../partitions/timing.ts";

/** What a source needs of the fetcher. */
export interface SourceHost<K, V> {
  readonly client: ClusterClient;
  readonly settings: ReadingSettings;
  readonly timing: Timing;
  /** Whether a loop runs, and so anything is to be fetched. */
  readonly isActive: boolean;
  /** Whether so many more bytes may be held. */
  hasRoom(): boolean;
  /**
   * Answers whether a loop was waiting for it and it is little, so that it should be delivered before more is asked
   * for.
   */
  received(nodeId: number, asked: readonly Asked<K, V>[], response: FetchResponse): boolean;
  /**
   * A leader whose fetches cannot say so said where its log and the one that was read part; or that it cannot answer.
   */
  checked(answer: EpochAnswer<K, V>, nodeId: number): void;
  /** The broker could not be asked. */
  unreachable(nodeId: number): void;
  fail(error: KafkaError): void;
}

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

/**
 * While a partition is left out for want of room, the others are asked for at most so often, and without a wait, unless
 * they had something the last time: a broker answers one request after the other, and a long poll for the idle ones
 * would keep the one that is left out waiting when there is room again.
 */
const CROWDED_PAUSE_MS = 20;
/**
 * The next fetch waits for so many microtasks when this one brought a little that a loop was waiting for. Its write is
 * a system call that wakes the broker, at worst on the same core: before the records had come into the hands of the
 * application it cost each of them 0.05 ms, of 0.28. Four are enough for those of `for await` and `batches()`, twelve
 * for most of `run`'s (the rest take a turn of the host first).
 */
const MICROTASKS_TO_APPLICATION = 12;
/** From this version on topics are named by id only (KIP-516). */
const TOPIC_ID_VERSION = 13;
/** From this version on a request names the epoch of the leader (KIP-320). */
const CURRENT_EPOCH_SINCE = 9;
/** Begin again with a full request. */
const SESSION_ERRORS = [
  ErrorCode.FETCH_SESSION_ID_NOT_FOUND,
  ErrorCode.INVALID_FETCH_SESSION_EPOCH,
  ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR,
];

/** Fetches from one broker, one request at a time, for all cursors whose partitions it leads. */
export class Source<K, V> extends DeadlineEntry {
  readonly nodeId: number;
  readonly cursors: Set<Cursor<K, V>> = new Set<Cursor<K, V>>();
  readonly #host: SourceHost<K, V>;
  readonly #loop: WorkLoop;
  readonly #session: FetchSession = new FetchSession();
  #version = -1;
  #failures = 0;
  #notBeforeMs = 0;
  #lastMs = 0;
  /** The wait for a broker from which nothing can be fetched. */
  #wait: Wait | undefined;
  /** The connection on which the session was begun. */
  #connection: Connection | undefined;

  constructor(nodeId: number, host: SourceHost<K, V>) {
    super();
    this.nodeId = nodeId;
    this.#host = host;
    this.#loop = new WorkLoop(host.client.tasks, (signal) => this.#work(signal));
  }

  /** There may be something to fetch. */
  kick(): void {
    this.#loop.kick();
  }

  override onDeadline(): void {
    this.#loop.kick();
  }

  async #work(signal: Cancellation): Promise<void> {
    const { client } = this.#host;
    while (!signal.aborted && this.#host.isActive) {
      const nowMs = client.clock.monotonic();
      const { wanted, isCrowded, wakeMs } = this.#plan(nowMs);
      if (wanted.length === 0) {
        if (wakeMs < Number.POSITIVE_INFINITY) client.deadlines.add(this, wakeMs);
        return;
      }
      for (const cursor of wanted) cursor.isInFlight = true;
      try {
        await this.#fetch(wanted, isCrowded, signal);
        if (this.#failures > 0) this.#wait?.end();
        this.#failures = 0;
      } catch (error) {
        this.#session.reset();
        if (signal.aborted) return;
        this.#failed(KafkaError.from(error));
      } finally {
        for (const cursor of wanted) {
          cursor.isInFlight = false;
          // The answer, or new metadata, moved it to another broker while this request was under way: that broker's
          // source was kicked, passed it over as one that is being fetched, and would wait for the next kick, at worst
          // for metadataMaxAgeMs.
          if (cursor.source !== this) cursor.source?.kick();
        }
      }
    }
  }

  /** Every unpaused cursor that holds less than a response's worth, from after what it holds. */
  #plan(nowMs: number): {
    readonly wanted: readonly Cursor<K, V>[];
    readonly isCrowded: boolean;
    readonly wakeMs: number;
  } {
    const wanted: Cursor<K, V>[] = [];
    let isCrowded = false;
    let wakeMs = Number.POSITIVE_INFINITY;
    if (nowMs < this.#notBeforeMs) return { wanted, isCrowded, wakeMs: this.#notBeforeMs };
    for (const cursor of this.cursors) {
      if (cursor.isPaused || cursor.isInFlight || cursor.fetchOffset < 0) continue;
      if (nowMs < cursor.notBeforeMs) wakeMs = Math.min(wakeMs, cursor.notBeforeMs);
      else if (
        cursor.heldBytes > 0 &&
        (cursor.heldBytes >= this.#host.settings.maxPartitionFetchBytes || !this.#host.hasRoom())
      )
        isCrowded = true;
      else wanted.push(cursor);
    }
    // Once more, by itself: a broker sends the first batch of a response whole, however large it is.
    const alone = wanted.find((cursor) => cursor.isFetchedAlone);
    if (alone !== undefined) return { wanted: [alone], isCrowded, wakeMs };
    const pausedUntilMs = this.#lastMs + CROWDED_PAUSE_MS;
    if (isCrowded && nowMs < pausedUntilMs && wanted.every((cursor) => cursor.isIdle))
      return { wanted: [], isCrowded, wakeMs: wanted.length === 0 ? wakeMs : pausedUntilMs };
    return { wanted, isCrowded, wakeMs };
  }

  async #fetch(planned: readonly Cursor<K, V>[], isCrowded: boolean, signal: Cancellation): Promise<void> {
    const { client, settings } = this.#host;
    const connection = await client.connection(this.nodeId, "fetch", signal);
    const wanted =
      connection.version(fetchApi) < FETCHED_EPOCH_SINCE ? await this.#checked(connection, planned) : planned;
    if (wanted.length === 0) return;
    const areNamed = wanted.some(
      ({ topic }) => (client.snapshot.topics.get(topic)?.topicId ?? ZERO_UUID) === ZERO_UUID,
    );
    const version = connection.version(fetchApi, areNamed ? TOPIC_ID_VERSION - 1 : fetchApi.request.max);
    const partitions = wanted.map((cursor) => this.#sessionPartition(cursor, version));
    // Before version 13 a session names topics by name, from it on by id; a session does not outlive its connection's
    // broker.
    if (version !== this.#version || connection !== this.#connection) this.#session.reset();
    this.#version = version;
    this.#connection = connection;
    const session =
      version >= 7 ? this.#session.request(partitions) : { sessionId: 0, sessionEpoch: -1, partitions, forgotten: [] };
    const asked = wanted.map((cursor, i) => ({
      cursor,
      generation: cursor.fetchGeneration,
      leaderEpoch: version >= CURRENT_EPOCH_SINCE ? (partitions[i]?.leaderEpoch ?? -1) : -1,
      isDoubted: cursor.isDoubted,
    }));
    const isDoubted = asked.some((one) => one.isDoubted);
    const maxWaitMs = isCrowded ? 0 : settings.fetchMaxWaitMs;
    const sentAtMs = client.clock.monotonic();
    const response = await connection.request(
      fetchApi,
      this.#request(session, version, maxWaitMs, isDoubted ? "" : settings.clientRack),
      { version, timeoutMs: maxWaitMs + client.cluster.settings.requestTimeoutMs },
    );
    if (response.errorCode !== 0) {
      this.#session.reset();
      if (!SESSION_ERRORS.includes(response.errorCode))
        throw new KafkaError(
          "broker",
          `Fetch from broker ${this.nodeId} failed with error code ${response.errorCode}`,
          { code: response.errorCode, retriable: true },
        );
      return;
    }
    this.#session.succeeded(response.sessionId);
    this.#lastMs = client.clock.monotonic();
    this.#host.timing.add(sentAtMs, this.#lastMs);
    for (const cursor of wanted) cursor.isIdle = true;
    if (this.#host.received(this.nodeId, asked, response))
      for (let i = 0; i < MICROTASKS_TO_APPLICATION; i++) await Promise.resolve();
  }

  /**
   * Those of the cursors that the leader's log agrees with, as far as it can tell: asked once for each epoch of a
   * leader.
   */
  async #checked(connection: Connection, planned: readonly Cursor<K, V>[]): Promise<readonly Cursor<K, V>[]> {
    const { client } = this.#host;
    const epochOf = ({ topic, partition }: Cursor<K, V>): number =>
      client.snapshot.topics.get(topic)?.partitions[partition]?.leaderEpoch ?? -1;
    const asked = unchecked(planned, client);
    const epochs = new Map(planned.map((cursor) => [cursor, epochOf(cursor)]));
    const answers = asked.length === 0 ? undefined : await checkEpochs(connection, asked, client);
    const isFit = new Set(planned);
    for (const answer of answers ?? []) {
      if (answer.errorCode === 0 && answer.divergedAt === undefined) continue;
      isFit.delete(answer.cursor);
      const { cursor } = answer;
      if (answer.generation !== cursor.generation) continue;
      this.#host.checked(answer, this.nodeId);
      // It goes on where this leader has said that its log begins to differ.
      if (answer.errorCode === 0 && !cursor.isParting)
        cursor.checkedEpoch = Math.max(cursor.checkedEpoch, epochs.get(cursor) ?? -1);
    }
    const fit = planned.filter((cursor) => isFit.has(cursor) && cursor.source === this && cursor.fetchOffset >= 0);
    for (const cursor of fit) cursor.checkedEpoch = Math.max(cursor.checkedEpoch, epochs.get(cursor) ?? -1);
    return fit;
  }

  #sessionPartition(cursor: Cursor<K, V>, version: number): SessionPartition {
    const topic = this.#host.client.snapshot.topics.get(cursor.topic);
    return {
      topic: cursor.topic,
      topicId: topic?.topicId ?? ZERO_UUID,
      partition: cursor.partition,
      fetchOffset: cursor.fetchOffset,
      leaderEpoch: topic?.partitions[cursor.partition]?.leaderEpoch ?? -1,
      lastFetchedEpoch: version >= FETCHED_EPOCH_SINCE ? cursor.fetchEpoch : -1,
      maxBytes: this.#host.settings.maxPartitionFetchBytes,
    };
  }

  #request(session: SessionRequest, version: number, maxWaitMs: number, rackId: string): Input<FetchRequest> {
    const { settings } = this.#host;
    const byId = version >= TOPIC_ID_VERSION;
    const topics = groupByTopic(session.partitions).map(([first, list]) => ({
      ...(byId ? { topicId: first.topicId } : { topic: first.topic }),
      partitions: list.map((p) => ({
        partition: p.partition,
        currentLeaderEpoch: p.leaderEpoch,
        fetchOffset: p.fetchOffset,
        lastFetchedEpoch: p.lastFetchedEpoch,
        partitionMaxBytes: p.maxBytes,
      })),
    }));
    const forgottenTopicsData = groupByTopic(session.forgotten).map(([first, list]) => ({
      ...(byId ? { topicId: first.topicId } : { topic: first.topic }),
      partitions: list.map((p) => p.partition),
    }));
    return {
      maxWaitMs,
      minBytes: settings.fetchMinBytes,
      maxBytes: settings.fetchMaxBytes,
      isolationLevel: settings.isReadCommitted ? 1 : 0,
      sessionId: session.sessionId,
      sessionEpoch: session.sessionEpoch,
      topics,
      forgottenTopicsData,
      rackId, // without one the leader names no replica that is nearer, and answers itself (KIP-392)
    };
  }

  #failed(error: KafkaError): void {
    const { client } = this.#host;
    if (isPermanent(error) || error.kind === "authorization") {
      this.#host.fail(error);
      return;
    }
    // A response larger than maxFrameBytes: the length may have been damaged on its way, so only the second one ends
    // the loop.
    if (error.kind === "config" && this.#failures > 0) {
      this.#host.fail(error);
      this.#failures = 0;
      return;
    }
    this.#wait ??= client.waits.begin(`fetching from broker ${this.nodeId}`, { isLoop: true });
    this.#wait.tried(error);
    client.cluster.log("debug", `fetching from broker ${this.nodeId} failed: ${error.message}`);
    client.refreshMetadata();
    this.#notBeforeMs = client.clock.monotonic() + client.backoffMs(this.#failures++);
    this.#host.unreachable(this.nodeId);
  }
}

function groupByTopic(
  partitions: readonly SessionPartition[],
): readonly (readonly [first: SessionPartition, list: readonly SessionPartition[]])[] {
  const groups = new Map<string, [SessionPartition, SessionPartition[]]>();
  for (const partition of partitions) {
    const group = groups.get(partition.topic);
    if (group === undefined) groups.set(partition.topic, [partition, [partition]]);
    else group[1].push(partition);
  }
  return [...groups.values()];
}

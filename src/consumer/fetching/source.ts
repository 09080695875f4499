import type { ClusterClient } from "../../cluster/cluster-client.ts";
import type { Wait } from "../../cluster/waits.ts";
import { isPermanent } from "../../errors/is-permanent.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { Connection } from "../../network/connection.ts";
import { type FetchResponse, fetchApi } from "../../protocol/messages/fetch.ts";
import type { Cancellation } from "../../runtime/cancellation.ts";
import { DeadlineEntry } from "../../runtime/deadline-wheel.ts";
import { WorkLoop } from "../../runtime/work-loop.ts";
import type { Cursor } from "../partitions/cursor.ts";
import type { CursorSource } from "../partitions/cursor-route.ts";
import type { ReadingSettings } from "../partitions/reading-settings.ts";
import type { Timing } from "../partitions/timing.ts";
import { type EpochAnswer, FETCHED_EPOCH_SINCE, checkEpochs, unchecked } from "./epoch-check.ts";
import { type Asked, FetchPlan } from "./fetch-plan.ts";
import type { HandOut } from "./hand-out.ts";
import { CURRENT_EPOCH_SINCE, SESSION_SINCE, TOPIC_ID_SINCE, fetchRequest } from "./fetch-request.ts";

/** What a source needs of the fetcher. */
export interface SourceHost<K, V> {
  readonly client: ClusterClient;
  readonly settings: ReadingSettings;
  readonly timing: Timing;
  readonly handOut: Pick<HandOut<K, V>, "isActive" | "fail">;
  /** Whether more bytes may be held. */
  hasRoom(): boolean;
  /**
   * A response came to what was asked. Returns whether a loop was waiting for it and it is little, so that it should be
   * delivered before more is asked for.
   */
  received(nodeId: number, response: FetchResponse, asked: AskedPartitions<K, V>): boolean;
  /**
   * A leader whose fetches cannot say so said where its log and the one that was read part; or that it cannot answer.
   */
  checked(answer: EpochAnswer<K, V>, nodeId: number): void;
  /** The broker could not be asked. */
  unreachable(nodeId: number): void;
}

/** What a request asked for. */
export interface AskedPartitions<K, V> {
  /** Whether it named the epoch of each leader: then the broker that answers is the leader of that epoch. */
  readonly namesEpochs: boolean;
  /** What was asked of a partition; by its topic id where the response names no topic. */
  find(topic: string, topicId: string, partition: number): Asked<K, V> | undefined;
}

/**
 * While a partition is left out for want of room, the others are asked for at most this often, and without a wait,
 * unless there is something new to say of them: a broker answers one request after the other, and a long poll for the
 * idle ones would keep the one that is left out waiting when there is room again.
 */
const CROWDED_PAUSE_MS = 20;
/**
 * The next fetch waits for this many microtasks when this one brought a little that a loop was waiting for. Its write
 * is a system call that wakes the broker, at worst on the same core: before the records had come into the hands of the
 * application it cost each of them 0.05 ms, of 0.28. Four are enough for those of `for await` and `batches()`, twelve
 * for most of `run`'s (the rest take a turn of the host first).
 */
const MICROTASKS_TO_APPLICATION = 12;
/** Begin again with a full request. */
const SESSION_ERRORS = [
  ErrorCode.FETCH_SESSION_ID_NOT_FOUND,
  ErrorCode.INVALID_FETCH_SESSION_EPOCH,
  ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR,
];

/** Fetches from one broker, one request at a time, for all cursors whose partitions it leads. */
export class Source<K, V> extends DeadlineEntry implements CursorSource<Cursor<K, V>> {
  readonly nodeId: number;
  readonly #host: SourceHost<K, V>;
  readonly #loop: WorkLoop;
  readonly #plan: FetchPlan<K, V>;
  #isAsking = false;
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
    this.#plan = new FetchPlan<K, V>(this, host);
    this.#loop = new WorkLoop(host.client.tasks, (signal) => this.#work(signal));
  }

  get isAsking(): boolean {
    return this.#isAsking;
  }

  touch(cursor: Cursor<K, V>): void {
    this.#plan.touch(cursor);
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
    while (!signal.aborted && this.#host.handOut.isActive) {
      const wakeMs = this.#wakeMs(client.clock.monotonic());
      if (wakeMs !== undefined) {
        if (wakeMs < Number.POSITIVE_INFINITY) client.deadlines.add(this, wakeMs);
        return;
      }
      this.#isAsking = true;
      try {
        await this.#fetch(signal);
        if (this.#failures > 0) this.#wait?.end();
        this.#failures = 0;
      } catch (error) {
        this.#plan.session.reset();
        if (signal.aborted) return;
        this.#failed(KafkaError.from(error));
      } finally {
        this.#isAsking = false;
        // The answer, or new metadata, moved a partition to another broker while this request was under way: that
        // broker's source was kicked, passed the partition over as one that is being fetched, and would wait for the
        // next kick, at worst for metadataMaxAgeMs.
        this.#plan.kickMoved();
      }
    }
  }

  /** Undefined where a request is to be sent now; else when to look again. */
  #wakeMs(nowMs: number): number | undefined {
    if (nowMs < this.#notBeforeMs) return this.#notBeforeMs;
    const { isCrowded, wakeMs } = this.#plan.look(nowMs);
    const { session } = this.#plan;
    if (session.wanted === 0) return wakeMs;
    const pausedUntilMs = this.#lastMs + CROWDED_PAUSE_MS;
    return isCrowded && nowMs < pausedUntilMs && !session.hasNews ? pausedUntilMs : undefined;
  }

  async #fetch(signal: Cancellation): Promise<void> {
    const { client, settings } = this.#host;
    const { session } = this.#plan;
    const connection = await client.connection(this.nodeId, "fetch", signal);
    if (connection.version(fetchApi) < FETCHED_EPOCH_SINCE) await this.#check(connection);
    else this.#plan.look(client.clock.monotonic()); // positions may have been moved while the connection was opened
    if (session.wanted === 0) return;
    const version = connection.version(fetchApi, session.hasNameless ? TOPIC_ID_SINCE - 1 : fetchApi.request.max);
    // Before version 13 a session names topics by name, from it on by id; a session does not outlive its connection's
    // broker.
    if (version !== this.#version || connection !== this.#connection) session.reset();
    this.#version = version;
    this.#connection = connection;
    const { alone, isDoubted } = this.#plan.sends();
    const isInSession = alone === undefined && version >= SESSION_SINCE;
    const request = alone !== undefined ? session.alone(alone) : isInSession ? session.request() : session.whole();
    const maxWaitMs = this.#plan.isCrowded ? 0 : settings.fetchMaxWaitMs;
    const sentAtMs = client.clock.monotonic();
    const response = await connection.request(
      fetchApi,
      fetchRequest(request, settings, { version, maxWaitMs, rackId: isDoubted ? "" : settings.clientRack }),
      { version, timeoutMs: maxWaitMs + client.cluster.settings.requestTimeoutMs },
    );
    if (response.errorCode !== 0) {
      this.#refused(response.errorCode);
      return;
    }
    if (isInSession) session.succeeded(response.sessionId);
    this.#lastMs = client.clock.monotonic();
    this.#host.timing.add(sentAtMs, this.#lastMs);
    const asked: AskedPartitions<K, V> = {
      namesEpochs: version >= CURRENT_EPOCH_SINCE,
      find: (topic, topicId, partition) => this.#plan.find(topic, topicId, partition),
    };
    if (this.#host.received(this.nodeId, response, asked))
      for (let i = 0; i < MICROTASKS_TO_APPLICATION; i++) await Promise.resolve();
  }

  /** The broker refused the whole request. */
  #refused(code: number): void {
    this.#plan.session.reset();
    if (!SESSION_ERRORS.includes(code))
      throw new KafkaError("broker", `Fetch from broker ${this.nodeId} failed with error code ${code}`, {
        code,
        retriable: true,
      });
  }

  /**
   * Leaves out the partitions whose leader's log does not agree with what was read, as far as it can say. Each leader
   * is asked once in an epoch.
   */
  async #check(connection: Connection): Promise<void> {
    const { client } = this.#host;
    const planned = this.#plan.cursors();
    const epochs = new Map(planned.map((cursor) => [cursor, leaderEpochOf(client, cursor)]));
    const asked = unchecked(planned, client);
    const answers = asked.length === 0 ? undefined : await checkEpochs(connection, asked, client);
    const isFit = new Set(planned);
    for (const answer of answers ?? []) {
      if (answer.errorCode === 0 && answer.divergedAt === undefined) continue;
      isFit.delete(answer.cursor);
      const { cursor } = answer;
      if (answer.generation !== cursor.generation) continue;
      this.#host.checked(answer, this.nodeId);
      // It goes on where this leader has said that its log begins to differ.
      if (answer.errorCode === 0 && !cursor.log.isParting) cursor.route.confirm(epochs.get(cursor) ?? -1);
    }
    for (const cursor of planned)
      if (isFit.has(cursor) && cursor.source === this && cursor.log.fetchOffset >= 0)
        cursor.route.confirm(epochs.get(cursor) ?? -1);
      else {
        this.#plan.leaveOut(cursor);
        this.#plan.touch(cursor); // it is looked at again before the request after this one
      }
  }

  #failed(error: KafkaError): void {
    const { client } = this.#host;
    if (isPermanent(error) || error.kind === "authorization") {
      this.#host.handOut.fail(error);
      return;
    }
    // A response larger than maxFrameBytes: the length may have been damaged on its way, so only the second one ends
    // the loop.
    if (error.kind === "config" && this.#failures > 0) {
      this.#host.handOut.fail(error);
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

function leaderEpochOf<K, V>({ snapshot }: ClusterClient, { topic, partition }: Cursor<K, V>): number {
  return snapshot.topics.get(topic)?.partitions[partition]?.leaderEpoch ?? -1;
}

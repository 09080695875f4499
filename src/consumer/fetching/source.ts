import type { ClusterClient } from "../../cluster/cluster-client.ts";
import type { Wait } from "../../cluster/waits.ts";
import { isPermanent } from "../../errors/is-permanent.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { detailsOf, KafkaError } from "../../errors/kafka-error.ts";
import type { Connection } from "../../network/connection.ts";
import { type FetchResponse, fetchApi } from "../../protocol/messages/fetch.ts";
import type { Cancellation } from "../../runtime/cancellation.ts";
import { DeadlineEntry } from "../../runtime/deadline-wheel.ts";
import { WorkLoop } from "../../runtime/work-loop.ts";
import type { Cursor } from "../partitions/cursor.ts";
import type { CursorSource, SourceFailure } from "../partitions/cursor-route.ts";
import type { ReadingSettings } from "../partitions/reading-settings.ts";
import type { Timing } from "../partitions/timing.ts";
import { type EpochAnswer, FETCHED_EPOCH_SINCE, checkEpochs, unchecked } from "./epoch-check.ts";
import { type Asked, FetchPlan } from "./fetch-plan.ts";
import type { HandOut } from "./hand-out.ts";
import { CURRENT_EPOCH_SINCE, SESSION_SINCE, TOPIC_ID_SINCE, fetchRequest } from "./fetch-request.ts";

/** The part of the fetcher that a source needs. */
export interface SourceHost<K, V> {
  readonly client: ClusterClient;
  readonly settings: ReadingSettings;
  readonly timing: Timing;
  readonly handOut: Pick<HandOut<K, V>, "isActive" | "fail">;
  /** Whether more bytes may be buffered. */
  hasRoom(): boolean;
  /**
   * A response arrived. Returns whether a loop was waiting for it and it is small, so that it must be delivered before
   * the next fetch is sent.
   */
  received(nodeId: number, response: FetchResponse, asked: AskedPartitions<K, V>): boolean;
  /** A leader that is too old to report this in a fetch response returned where its log diverges, or an error. */
  checked(answer: EpochAnswer<K, V>, nodeId: number): void;
  /** No connection to the broker could be opened, or the request failed. */
  unreachable(nodeId: number): void;
}

/** The partitions of a request. */
export interface AskedPartitions<K, V> {
  /** Whether the request has leader epochs. Then the broker that responds is the leader of that epoch. */
  readonly namesEpochs: boolean;
  /**
   * The partition with its state when the request was sent; looked up by topic id if the response has no topic name.
   */
  find(topic: string, topicId: string, partition: number): Asked<K, V> | undefined;
}

/**
 * While a partition is left out because the buffer is full, the others are fetched at most every 20 ms and without a
 * long poll, unless one of them has changed. A broker handles one request of a connection after the other. A long poll
 * for idle partitions would delay the one that was left out when there is room again.
 */
const CROWDED_PAUSE_MS = 20;
/**
 * The next fetch waits for this number of microtasks if a loop was waiting for the small response to this one. Its
 * write is a system call that wakes the broker, at worst on the same core: it would add 0.05 ms to the 0.28 ms until
 * the application gets the records. Four microtasks are enough for `for await` and `batches()`, twelve for most
 * callbacks of `run`.
 */
const MICROTASKS_TO_APPLICATION = 12;
/** After these errors the session begins again with a full request. */
const SESSION_ERRORS = [
  ErrorCode.FETCH_SESSION_ID_NOT_FOUND,
  ErrorCode.INVALID_FETCH_SESSION_EPOCH,
  ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR,
];

/** The length of a response may be damaged on its way: only with this number of them in a row is it a wrong option. */
const MOST_OVERSIZED = 3;

/** Fetches from one broker, one request at a time, for all partitions that are read from it. */
export class Source<K, V> extends DeadlineEntry implements CursorSource<Cursor<K, V>> {
  readonly nodeId: number;
  readonly #host: SourceHost<K, V>;
  readonly #loop: WorkLoop;
  readonly #plan: FetchPlan<K, V>;
  #isAsking = false;
  #version = -1;
  #failures = 0;
  /** When the first of these failures, or the request in flight, began (monotonic ms). */
  #triedSinceMs = 0;
  #lastError: KafkaError | undefined;
  /** Responses in a row that were larger than maxFrameBytes. */
  #oversized = 0;
  #notBeforeMs = 0;
  #lastMs = 0;
  /** The wait that logs when nothing can be fetched from the broker. */
  #wait: Wait | undefined;
  /** The connection on which the session began. */
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

  get failure(): SourceFailure | undefined {
    const error = this.#lastError;
    return this.#failures === 0 || error === undefined ? undefined : { sinceMs: this.#triedSinceMs, error };
  }

  touch(cursor: Cursor<K, V>): void {
    this.#plan.touch(cursor);
  }

  /** Looks for something to fetch. */
  kick(): void {
    this.#loop.kick();
  }

  override onDeadline(): void {
    this.#loop.kick();
  }

  async #work(signal: Cancellation): Promise<void> {
    const { client } = this.#host;
    while (!signal.aborted && this.#host.handOut.isActive) {
      const nowMs = client.clock.monotonic();
      const wakeMs = this.#wakeMs(nowMs);
      if (wakeMs !== undefined) {
        if (wakeMs < Number.POSITIVE_INFINITY) client.deadlines.add(this, wakeMs);
        return;
      }
      this.#isAsking = true;
      if (this.#failures === 0) this.#triedSinceMs = nowMs;
      try {
        await this.#fetch(signal);
        if (this.#failures > 0) this.#wait?.end();
        this.#failures = 0;
        this.#oversized = 0;
      } catch (error) {
        this.#plan.session.reset();
        if (signal.aborted) return;
        this.#failed(KafkaError.from(error));
      } finally {
        this.#isAsking = false;
        // The race that this prevents:
        //
        // 1. The response, or new metadata, moves a partition to another broker while this request is still in flight.
        // 2. The other broker's source is kicked. It skips the partition, because a fetch for it is in flight here.
        // 3. This request ends. Without this call the other source would wait for the next kick, at worst for
        //    metadataMaxAgeMs.
        this.#plan.kickMoved();
      }
    }
  }

  /** The time of the next look for changes; undefined if a request must be sent now. */
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
    else this.#plan.look(client.clock.monotonic()); // positions may have changed while the connection was opened
    if (session.wanted === 0) return;
    const version = connection.version(fetchApi, session.hasNameless ? TOPIC_ID_SINCE - 1 : fetchApi.request.max);
    // Before version 13 a session names topics by name, since then by id. A session also ends with its connection.
    if (version !== this.#version || connection !== this.#connection) session.reset();
    this.#version = version;
    this.#connection = connection;
    const { alone, isDoubted } = this.#plan.sends();
    const isInSession = alone === undefined && version >= SESSION_SINCE;
    const request = alone !== undefined ? session.alone(alone) : isInSession ? session.request() : session.whole();
    const maxWaitMs = this.#plan.isCrowded ? 0 : settings.fetchMaxWaitMs;
    const sentAtMs = client.clock.monotonic();
    client.hooks?.fetchStarted?.(this.nodeId);
    const response = await connection
      .request(
        fetchApi,
        fetchRequest(request, settings, { version, maxWaitMs, rackId: isDoubted ? "" : settings.clientRack }),
        { version, timeoutMs: maxWaitMs + client.cluster.settings.requestTimeoutMs },
      )
      .catch((error: unknown) => {
        client.hooks?.fetchEnded?.(this.nodeId, sentAtMs, undefined, KafkaError.from(error));
        throw error;
      });
    client.hooks?.fetchEnded?.(this.nodeId, sentAtMs, response, undefined);
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
      throw new KafkaError("broker", `cannot fetch from broker ${this.nodeId}: error code ${code}`, {
        code,
        retriable: true,
      });
  }

  /**
   * Leaves out partitions whose leader has a log that differs from the records that were read. Each leader is asked
   * once in an epoch.
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
      // The next fetch begins where the leader's log begins to differ.
      if (answer.errorCode === 0 && !cursor.log.isParting) cursor.route.confirm(epochs.get(cursor) ?? -1);
    }
    for (const cursor of planned)
      if (isFit.has(cursor) && cursor.source === this && cursor.log.fetchOffset >= 0)
        cursor.route.confirm(epochs.get(cursor) ?? -1);
      else {
        this.#plan.leaveOut(cursor);
        this.#plan.touch(cursor); // the next request looks at it again
      }
  }

  #failed(error: KafkaError): void {
    const { client } = this.#host;
    if (isPermanent(error) || error.kind === "authorization") {
      this.#host.handOut.fail(error);
      return;
    }
    // Outcome `notWritten` would mean that the response to the handshake was larger than maxFrameBytes, not this one.
    if (error.kind === "config" && error.outcome !== "notWritten" && ++this.#oversized === MOST_OVERSIZED) {
      this.#host.handOut.fail(new KafkaError("config", error.message, { ...detailsOf(error), retriable: false }));
      this.#failures = 0;
      this.#oversized = 0;
      return;
    }
    this.#lastError = error;
    this.#wait ??= client.waits.begin(`cannot fetch from broker ${this.nodeId}`, { isLoop: true });
    this.#wait.tried(error);
    client.cluster.log("debug", `cannot fetch from broker ${this.nodeId}: ${error.message}`);
    client.refreshMetadata();
    this.#notBeforeMs = client.clock.monotonic() + client.backoffMs(this.#failures++);
    this.#host.unreachable(this.nodeId);
  }
}

function leaderEpochOf<K, V>({ snapshot }: ClusterClient, { topic, partition }: Cursor<K, V>): number {
  return snapshot.topics.get(topic)?.partitions[partition]?.leaderEpoch ?? -1;
}

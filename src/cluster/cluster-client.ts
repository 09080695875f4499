import { KafkaError } from "../errors/kafka-error.ts";
import { refreshesMetadata } from "../errors/broker-error.ts";
import { isPermanent } from "../errors/is-permanent.ts";
import type { Connection } from "../network/connection.ts";
import type { AsyncRuntime, Clock } from "../runtime/async-runtime.ts";
import { backoffMs } from "../runtime/backoff.ts";
import { type AbortSignalLike, Cancellation, cancelledError } from "../runtime/cancellation.ts";
import { DeadlineWheel } from "../runtime/deadline-wheel.ts";
import { KeepAlive } from "../runtime/keep-alive.ts";
import { sleep } from "../runtime/sleep.ts";
import { TaskGroup } from "../runtime/task-group.ts";
import type { BrokerAddress } from "./bootstrap.ts";
import { BrokerPool, type Purpose, type Traffic } from "./broker-pool.ts";
import type { ClientKind, ClientName } from "./client-name.ts";
import type { Cluster } from "./cluster.ts";
import { type LeaderHint, type MetadataSnapshot, applyLeaderHint } from "./metadata.ts";
import { MetadataRefresh, type TopicWriter } from "./metadata-refresh.ts";
import { MetadataWaiter } from "./metadata-waiter.ts";
import { lateWords, TimeLimit, tooLateError } from "./time-limit.ts";
import { type Wait, Waits } from "./waits.ts";

/** How long {@link ClusterClient.awaitMetadata} waits, and what to say when it was too long. */
export interface AwaitOptions {
  /** By the monotonic clock. */
  readonly deadlineMs: number;
  readonly what: string;
  readonly signal?: AbortSignalLike;
  /** Why a snapshot is not what is waited for: for the log and the final error. */
  readonly why?: (snapshot: MetadataSnapshot) => KafkaError | undefined;
  /** The wait that this one is part of. Default: one of its own, which is logged; `"none"` for one that others log. */
  readonly wait?: Wait | "none";
  /** Reasons that are part of a normal course, and are not logged. */
  readonly isExpected?: (error: KafkaError) => boolean;
}

/** How long {@link ClusterClient.call} may take. */
export interface CallLimit {
  readonly timeoutMs: number;
  readonly signal?: AbortSignalLike | undefined;
}

/** How a call that takes long is logged. */
export interface CallWait {
  /** The wait of the loop that makes this call again and again. Default: one of the call's own. */
  readonly wait?: Wait | undefined;
  /** Reasons that are part of a normal course, and are not logged. */
  readonly isExpected?: (error: KafkaError) => boolean;
}

/** The longest time between two tries of a loop, beside the backoff with its jitter. */
const LONGEST_PAUSE_MS = 1500;

/**
 * One producer's, consumer's or admin's way to the cluster: its own connections and tasks, and its share of keeping the
 * metadata fresh.
 */
export class ClusterClient {
  readonly cluster: Cluster;
  readonly runtime: AsyncRuntime;
  readonly clock: Clock;
  readonly tasks: TaskGroup;
  readonly deadlines: DeadlineWheel;
  /** Held while somebody waits for what this client does. */
  readonly alive: KeepAlive;
  /** What this client waits for: it logs what takes long. */
  readonly waits: Waits;
  /** What brokers and metrics call this client. */
  readonly name: ClientName;
  readonly #pool: BrokerPool;
  readonly #refresh: MetadataRefresh;
  readonly #waiters = new Set<MetadataWaiter>();
  readonly #unsubscribe: () => void;
  #metadataError: KafkaError | undefined;

  constructor(cluster: Cluster, kind: ClientKind, groupId?: string) {
    this.cluster = cluster;
    this.name = cluster.nextClientName(kind, groupId);
    this.runtime = cluster.options.runtime;
    this.clock = cluster.options.clock;
    this.tasks = new TaskGroup(this.runtime, (error) =>
      cluster.log("error", `a background task of the ${kind} failed: ${error.message}`, { kind: error.kind }),
    );
    this.deadlines = new DeadlineWheel(this);
    this.alive = new KeepAlive(this.runtime);
    this.waits = new Waits({
      clock: this.clock,
      deadlines: this.deadlines,
      longestPauseMs: Math.max(LONGEST_PAUSE_MS, 1.5 * cluster.settings.retryBackoffMaxMs),
      log: (level, message) => cluster.log(level, message),
      pending: () => this.#pool.unanswered("other"),
    });
    this.#pool = new BrokerPool({
      cluster,
      clientId: this.name.clientId,
      tasks: this.tasks,
      deadlines: this.deadlines,
      waits: this.waits,
      misrouted: (why, isFirst) => {
        // Once: if the address stays wrong, metadata is what must change, and connections to other brokers are good.
        if (isFirst && cluster.settings.mayRebootstrap) this.#rebootstrap(why);
        this.refreshMetadata();
      },
    });
    this.#refresh = new MetadataRefresh({
      cluster,
      tasks: this.tasks,
      deadlines: this.deadlines,
      waits: this.waits,
      anyConnection: (signal) => this.anyConnection(signal),
      isAwaited: () => this.#waiters.size > 0,
      failed: (error) => this.#refreshFailed(error),
      fetched: () => {
        this.#metadataError = undefined;
      },
      rebootstrap: (why) => this.#rebootstrap(why),
    });
    cluster.interests.add(this.#refresh);
    this.#unsubscribe = cluster.onSnapshot(() => {
      for (const waiter of [...this.#waiters]) waiter.check(cluster.snapshot);
    });
  }

  get snapshot(): MetadataSnapshot {
    return this.cluster.snapshot;
  }

  /** Why metadata could not be fetched the last time; undefined where it was. */
  get metadataError(): KafkaError | undefined {
    return this.#metadataError;
  }

  /**
   * The connection to a broker. Rejects naming address and reason; an unknown broker is retriable, and asks for
   * metadata.
   */
  connection(nodeId: number, purpose: Purpose, signal?: AbortSignalLike): Promise<Connection> {
    const node = this.snapshot.brokers.get(nodeId);
    if (node === undefined) {
      this.refreshMetadata();
      return Promise.reject(
        new KafkaError("connection", `broker ${nodeId} is not in the metadata`, {
          retriable: true,
          outcome: "notWritten",
        }),
      );
    }
    return this.#pool.get(node, purpose, signal);
  }

  /** The connection to an address that a response told: a coordinator's, which metadata may not know yet. */
  connectionTo(address: BrokerAddress, purpose: Purpose, signal?: AbortSignalLike): Promise<Connection> {
    return this.#pool.get(address, purpose, signal);
  }

  /**
   * A connection to whichever broker answers: an open one, else the known brokers, else the bootstrap servers again
   * (KIP-899: all known brokers may have been replaced), unless `metadataRecoveryStrategy` is `"none"`. Rejects naming
   * every address that was tried, and why it failed.
   */
  async anyConnection(signal?: AbortSignalLike): Promise<Connection> {
    const open = this.#pool.anyOpen();
    if (open !== undefined) {
      if (signal?.aborted === true) throw cancelledError(signal);
      return open;
    }
    const failures: KafkaError[] = [];
    for (const address of this.#candidates()) {
      try {
        return await this.#pool.get(address, "other", signal);
      } catch (error) {
        const failure = KafkaError.from(error, "connection");
        if (signal?.aborted === true || this.tasks.isClosed || isPermanent(failure)) throw failure;
        failures.push(failure);
      }
    }
    throw new KafkaError("connection", `no broker answers: ${failures.map(({ message }) => message).join("; ")}`, {
      retriable: true,
      outcome: "notWritten",
      cause: failures.at(-1),
    });
  }

  /** What went over the wire, for metrics. */
  traffic(): readonly Traffic[] {
    return this.#pool.traffic();
  }

  /**
   * From now on metadata of these topics is fetched. `writer` says which of them are to be created, which only asks:
   * the broker may refuse.
   */
  wantTopics(topics: Iterable<string>, writer?: TopicWriter): void {
    this.#refresh.want(topics, writer);
  }

  /** These topics are of no use to this client any more; what no other client of the `Kafka` wants is forgotten. */
  forgetTopics(topics: readonly string[]): void {
    this.#refresh.release(topics);
    this.cluster.forget(topics);
  }

  releaseTopics(topics: Iterable<string>): void {
    this.#refresh.release(topics);
  }

  /** Metadata is out of date: fetch it again soon. Coalesced and backed off; never throws. */
  refreshMetadata(): void {
    this.#refresh.ask();
  }

  /**
   * Settles when the metadata says what `predicate` asks for; fetches it until then. Rejects with kind `timeout` that
   * names `what` and the last error.
   */
  awaitMetadata(predicate: (snapshot: MetadataSnapshot) => boolean, options: AwaitOptions): Promise<MetadataSnapshot> {
    if (predicate(this.snapshot)) return Promise.resolve(this.snapshot);
    if (this.tasks.isClosed) return Promise.reject(new KafkaError("closed", `${options.what}: the client was closed`));
    const { isExpected, signal, wait, what, why } = options;
    const own = wait === undefined ? this.waits.begin(what, isExpected === undefined ? {} : { isExpected }) : undefined;
    return new Promise((resolve, reject) => {
      const settled = (waiter: MetadataWaiter): void => {
        own?.end();
        this.#waiters.delete(waiter);
        this.deadlines.remove(waiter);
      };
      const waiter = new MetadataWaiter({
        what,
        predicate,
        why,
        wait: wait === "none" ? undefined : (wait ?? own),
        pending: () => this.pendingError(),
        signal,
        resolve,
        reject,
        settled,
      });
      this.#waiters.add(waiter);
      this.deadlines.add(waiter, options.deadlineMs);
      this.#refresh.ask();
    });
  }

  /** Calls back after each change of the metadata; answers how to stop. */
  onMetadata(listener: (snapshot: MetadataSnapshot) => void): () => void {
    return this.cluster.onSnapshot(() => listener(this.snapshot));
  }

  /** A response named a newer leader (KIP-951): the partition moves without a round trip for metadata. */
  applyLeaderHint(hint: LeaderHint): boolean {
    const snapshot = applyLeaderHint(this.snapshot, hint);
    if (snapshot === undefined) return false;
    this.cluster.publish(snapshot);
    return true;
  }

  /** How long to wait before try number `attempt` (from 0). */
  backoffMs(attempt: number): number {
    const { retryBackoffMs, retryBackoffMaxMs } = this.cluster.settings;
    return backoffMs({ baseMs: retryBackoffMs, maxMs: retryBackoffMaxMs, attempt, random: this.cluster.random() });
  }

  /**
   * The one retry policy: makes the attempt again after retriable errors, with backoff, until `deadlineMs` (monotonic).
   * Rejects with kind `timeout` that names `what` and carries the last error, or with the error that is not retriable.
   */
  async retry<T>(
    what: string,
    deadlineMs: number,
    attempt: (tried: number, wait: Wait) => PromiseLike<T>,
    signal?: AbortSignalLike,
    loop?: Wait,
  ): Promise<T> {
    const wait = loop ?? this.waits.begin(what);
    this.alive.hold();
    wait.trying();
    try {
      const result = await this.#retry(what, deadlineMs, attempt, signal, wait);
      wait.end();
      return result;
    } finally {
      this.alive.release();
      wait.rests();
      if (loop === undefined) wait.end();
    }
  }

  async #retry<T>(
    what: string,
    deadlineMs: number,
    attempt: (tried: number, wait: Wait) => PromiseLike<T>,
    signal: AbortSignalLike | undefined,
    wait: Wait,
  ): Promise<T> {
    for (let tried = 0; ; tried++) {
      try {
        return await attempt(tried, wait);
      } catch (error) {
        const failure = KafkaError.from(error);
        wait.tried(failure);
        if (!failure.retriable || signal?.aborted === true || this.tasks.isClosed) throw failure;
        if (failure.code !== undefined && refreshesMetadata(failure.code)) this.refreshMetadata();
        const waitMs = this.backoffMs(tried);
        const leftMs = deadlineMs - this.clock.monotonic();
        if (leftMs <= waitMs) throw tooLateError(what, tried + 1, failure);
        await this.#sleep(waitMs, signal);
      }
    }
  }

  /**
   * {@link retry} for what a caller waits for: it ends when its time is over or its signal fires, also while a broker
   * does not answer. An attempt must give its limit's signal to whatever it waits for before it sends anything: what is
   * not sent by then stays unsent.
   */
  async call<T>(
    what: string,
    { timeoutMs, signal }: CallLimit,
    attempt: (limit: TimeLimit, wait: Wait) => Promise<T>,
    { wait: loop, isExpected }: CallWait = {},
  ): Promise<T> {
    const wait = loop ?? this.waits.begin(what, isExpected === undefined ? {} : { isExpected });
    let last: KafkaError | undefined;
    let tries = 0;
    const late = (): string => lateWords(what, tries, this.pending("other"), last);
    try {
      return await TimeLimit.around(
        this,
        { timeoutMs, what: late, cause: () => last ?? this.pendingError(), signal },
        (limit) =>
          limit.wait(
            this.retry(
              what,
              limit.endsAtMs,
              async (tried) => {
                tries = tried + 1;
                try {
                  return await attempt(limit, wait);
                } catch (error) {
                  last = KafkaError.from(error);
                  throw last;
                }
              },
              limit.signal,
              wait,
            ),
          ),
      );
    } finally {
      if (loop === undefined) wait.end();
    }
  }

  /** The signal to listen to in place of one that a user gave to a call. */
  shared(signal: AbortSignalLike): AbortSignalLike;
  shared(signal: AbortSignalLike | undefined): AbortSignalLike | undefined;
  shared(signal: AbortSignalLike | undefined): AbortSignalLike | undefined {
    return this.cluster.signals.of(signal);
  }

  /** Ends tasks and connections; who still waits is told. Harmless when repeated. */
  async close(): Promise<void> {
    this.#unsubscribe();
    this.cluster.interests.delete(this.#refresh);
    for (const waiter of [...this.#waiters])
      waiter.fail(new KafkaError("closed", `${waiter.what}: the client was closed`));
    const ended = this.tasks.close();
    this.#pool.close();
    await ended;
    this.#pool.close(); // what a task was opening meanwhile
    this.deadlines.close();
    this.alive.close();
  }

  async #sleep(ms: number, signal: AbortSignalLike | undefined): Promise<void> {
    if (signal === undefined) return sleep(this, ms, this.tasks.signal);
    const either = new Cancellation();
    const ends = [either.follow(this.shared(signal)), either.follow(this.tasks.signal)];
    try {
      await sleep(this, ms, either);
    } finally {
      for (const end of ends) end();
    }
  }

  /** Connections that are being opened for a purpose, and its requests without an answer, in words. */
  pending(purpose: Purpose): readonly string[] {
    return this.#pool.unanswered(purpose);
  }

  /** What is waited for at brokers, as the reason of an error; undefined where nothing is. */
  pendingError(): KafkaError | undefined {
    const waiting = this.#pool.unanswered("other");
    return waiting.length === 0
      ? undefined
      : new KafkaError("timeout", `no answer: still ${waiting.join(", ")}`, { retriable: true });
  }

  #candidates(): readonly BrokerAddress[] {
    const known = [...this.snapshot.brokers.values()];
    const first = known.length === 0 ? 0 : Math.floor(this.cluster.random() * known.length);
    const isOnlyKnown = !this.cluster.settings.mayRebootstrap && known.length > 0;
    const all = [...known.slice(first), ...known.slice(0, first), ...(isOnlyKnown ? [] : this.cluster.bootstrap)];
    return all.filter((a, i) => all.findIndex((b) => b.host === a.host && b.port === a.port) === i);
  }

  /**
   * Forgets all brokers, and closes what is connected to them: what is under way is sent again to whoever leads then.
   * Topics stay, since their leader epochs must not go back; if another cluster answers, their ids are others.
   */
  #rebootstrap(why: string): void {
    this.cluster.log("warn", `beginning again with the bootstrap servers: ${why}`);
    this.#pool.disconnect(
      new KafkaError(
        "connection",
        `the connection was given up: the client begins again with its bootstrap servers, since ${why}`,
        { retriable: true, outcome: "indefinite" },
      ),
    );
    this.cluster.publish({ ...this.snapshot, brokers: new Map() });
  }

  #refreshFailed(error: KafkaError): void {
    this.#metadataError = error;
    this.cluster.log("debug", `metadata could not be fetched: ${error.message}`, { kind: error.kind });
    for (const waiter of [...this.#waiters]) {
      waiter.tried(error);
      if (isPermanent(error)) waiter.fail(error);
    }
  }
}

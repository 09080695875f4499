import { KafkaError } from "../errors/kafka-error.ts";
import type { HookListening, HookSites, ObservedClient, ObservedConnection } from "../hooks/hook-sites.ts";
import type { Traces } from "../hooks/traces.ts";
import type { Connection } from "../network/connection.ts";
import type { AsyncRuntime, Clock } from "../runtime/async-runtime.ts";
import { type AbortSignalLike, Cancellation } from "../runtime/cancellation.ts";
import type { DeadlineWheel } from "../runtime/deadline-wheel.ts";
import type { GuardedRuntime } from "../runtime/guarded-runtime.ts";
import type { KeepAlive } from "../runtime/keep-alive.ts";
import type { TaskGroup } from "../runtime/task-group.ts";
import { AnyBroker } from "./any-broker.ts";
import type { BrokerAddress } from "./bootstrap.ts";
import { BrokerPool, type Purpose, type Traffic } from "./broker-pool.ts";
import { type CallLimit, CallRetries, type CallWait } from "./call-retries.ts";
import { clientHost } from "./client-host.ts";
import type { ClientKind, ClientName } from "./client-name.ts";
import type { Cluster } from "./cluster.ts";
import type { Readings } from "./metrics.ts";
import { type LeaderHint, type MetadataSnapshot, applyLeaderHint } from "./metadata.ts";
import { MetadataRefresh, type TopicWriter } from "./metadata-refresh.ts";
import { type AwaitOptions, MetadataWaiters } from "./metadata-waiters.ts";
import type { TimeLimit } from "./time-limit.ts";
import { callUser } from "./user-callback.ts";
import { type Wait, Waits } from "./waits.ts";

export type { CallLimit } from "./call-retries.ts";

/** The longest pause between two attempts of a loop, unless the backoff with its jitter is longer. */
const LONGEST_PAUSE_MS = 1500;

/**
 * The connection of one producer, consumer or admin to the cluster. It has its own connections and tasks, and keeps the
 * metadata of its topics fresh.
 */
export class ClusterClient implements ObservedClient {
  readonly cluster: Cluster;
  readonly runtime: AsyncRuntime;
  readonly clock: Clock;
  /** Fires when the runtime is broken: everything pending must be rejected with the reason. */
  readonly broken: Cancellation = new Cancellation();
  readonly tasks: TaskGroup;
  readonly deadlines: DeadlineWheel;
  /** Keeps the process alive while a caller waits for this client. */
  readonly alive: KeepAlive;
  /** The waits of this client; long ones are logged. */
  readonly waits: Waits;
  /** The name of this client, for brokers and metrics. */
  readonly name: ClientName;
  readonly kind: ClientKind;
  readonly groupId: string | undefined;
  readonly createdMs: number;
  /** Set while this client is observed. */
  hooks: HookSites | undefined;
  /** Those who observe it; only `observe` uses it. */
  listeners: HookListening | undefined;
  /** The tracing channels of the host; undefined if it has none. */
  traces: Traces | undefined;
  /** The log of its requests, while it has no `listeners`. */
  requestLog: HookSites | undefined;
  /** The counters of the producer or consumer whose connection this is. */
  readings: (() => readonly Readings[]) | undefined;
  readonly #runtime: GuardedRuntime;
  readonly #pool: BrokerPool;
  readonly #any: AnyBroker;
  readonly #refresh: MetadataRefresh;
  readonly #waiters: MetadataWaiters;
  readonly #retries: CallRetries;
  readonly #unsubscribe: () => void;
  #metadataError: KafkaError | undefined;
  #isClosed = false;

  constructor(cluster: Cluster, kind: ClientKind, groupId?: string) {
    this.cluster = cluster;
    this.kind = kind;
    this.groupId = groupId;
    this.name = cluster.nextClientName(kind, groupId);
    this.clock = cluster.options.clock;
    this.createdMs = this.clock.monotonic();
    const host = clientHost(cluster, kind, (error) => this.#broke(error));
    this.runtime = this.#runtime = host.runtime;
    this.tasks = host.tasks;
    this.deadlines = host.deadlines;
    this.alive = host.alive;
    this.waits = new Waits({
      clock: this.clock,
      deadlines: this.deadlines,
      longestPauseMs: Math.max(LONGEST_PAUSE_MS, 1.5 * cluster.settings.retryBackoffMaxMs),
      log: (level, message) => cluster.log(level, message),
      pending: () => this.#pool.unanswered("other"),
    });
    this.#waiters = new MetadataWaiters(this);
    this.#retries = new CallRetries(this);
    this.#pool = new BrokerPool({
      cluster,
      clientId: this.name.clientId,
      runtime: this.runtime,
      tasks: this.tasks,
      deadlines: this.deadlines,
      waits: this.waits,
      observed: this,
      misrouted: (why, isFirst) => {
        // Only once: if the address stays wrong, fresh metadata is the remedy, and connections to other brokers still
        // work.
        if (isFirst && cluster.settings.mayRebootstrap) this.#rebootstrap(why);
        this.refreshMetadata();
      },
    });
    this.#any = new AnyBroker(this, this.#pool);
    this.#refresh = new MetadataRefresh({
      cluster,
      runtime: this.runtime,
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
    cluster.warnOnce();
    cluster.opened(this);
    cluster.interests.add(this.#refresh);
    this.#unsubscribe = cluster.onSnapshot(() => this.#waiters.check(cluster.snapshot));
  }

  throttled(connection: ObservedConnection, api: string, throttleMs: number): void {
    this.hooks?.requestThrottled?.(connection, api, throttleMs);
    const { address: broker, nodeId: brokerId } = connection;
    const { clientId } = this.name;
    callUser(
      "onThrottle",
      this.cluster.options.onThrottle,
      { brokerId, broker, api, throttleMs, clientId },
      (level, message) => this.cluster.log(level, message),
    );
  }

  /** Whether {@link close} was called. A client whose runtime is broken must still be closed. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The current metadata of the cluster. */
  get snapshot(): MetadataSnapshot {
    return this.cluster.snapshot;
  }

  /** Rejects everything pending: the runtime does not start tasks, or does not measure time, any more. */
  #broke(error: KafkaError): void {
    this.cluster.log("error", error.message);
    this.tasks.fail(error);
    this.deadlines.fail(error);
    this.broken.cancel(error);
    this.#pool.close(error);
  }

  /** Why the last metadata request failed; undefined if it succeeded. */
  get metadataError(): KafkaError | undefined {
    return this.#metadataError;
  }

  /**
   * The connection to a broker. Rejects with an error that names the address and the reason. For an unknown broker the
   * error is retriable, and metadata is requested.
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

  /** The connection to an address from a response, such as that of a coordinator, which metadata may not know yet. */
  connectionTo(address: BrokerAddress, purpose: Purpose, signal?: AbortSignalLike): Promise<Connection> {
    return this.#pool.get(address, purpose, signal);
  }

  /** A connection to any broker; see {@link AnyBroker.connection}. */
  anyConnection(signal?: AbortSignalLike): Promise<Connection> {
    return this.#any.connection(signal);
  }

  /** The traffic of all connections, for metrics. */
  traffic(): readonly Traffic[] {
    return this.#pool.traffic();
  }

  /**
   * Starts fetching metadata of these topics. `writer` decides which of them may be created; the broker may refuse to.
   */
  wantTopics(topics: Iterable<string>, writer?: TopicWriter): void {
    this.#refresh.want(topics, writer);
  }

  /**
   * Stops fetching metadata of these topics, and drops what is known about those that no other client of the `Kafka`
   * uses.
   */
  forgetTopics(topics: readonly string[]): void {
    this.#refresh.release(topics);
    this.cluster.forget(topics);
  }

  /** Stops fetching metadata of these topics, but keeps what is known. */
  releaseTopics(topics: Iterable<string>): void {
    this.#refresh.release(topics);
  }

  /**
   * Requests fresh metadata soon, because the present one is out of date. Calls are combined and backed off. Never
   * throws.
   */
  refreshMetadata(): void {
    this.#refresh.ask();
  }

  /**
   * Settles when a snapshot fulfils `predicate`, and fetches metadata until then. Rejects with kind `timeout`; the
   * error names `what` and the last error.
   */
  awaitMetadata(predicate: (snapshot: MetadataSnapshot) => boolean, options: AwaitOptions): Promise<MetadataSnapshot> {
    if (predicate(this.snapshot)) return Promise.resolve(this.snapshot);
    if (this.tasks.isClosed) return Promise.reject(this.tasks.endError(`${options.what}: the client was closed`));
    const awaited = this.#waiters.await(predicate, options);
    this.#refresh.ask();
    return awaited;
  }

  /** Calls `listener` after each change of the metadata. Returns a function that stops this. */
  onMetadata(listener: (snapshot: MetadataSnapshot) => void): () => void {
    return this.cluster.onSnapshot(() => listener(this.snapshot));
  }

  /**
   * Applies a newer leader from a response (KIP-951): the partition moves without a metadata request. Returns whether
   * it did.
   */
  applyLeaderHint(hint: LeaderHint): boolean {
    const snapshot = applyLeaderHint(this.snapshot, hint);
    if (snapshot === undefined) return false;
    this.cluster.publish(snapshot);
    return true;
  }

  /** How long to wait before attempt number `attempt` (from 0). */
  backoffMs(attempt: number): number {
    return this.#retries.backoffMs(attempt);
  }

  /** Repeats an attempt by the only retry policy: see {@link CallRetries.retry}. */
  retry<T>(
    what: string,
    deadlineMs: number,
    attempt: (tried: number, wait: Wait) => PromiseLike<T>,
    signal?: AbortSignalLike,
    loop?: Wait,
  ): Promise<T> {
    return this.#retries.retry(what, deadlineMs, attempt, signal, loop);
  }

  /** {@link retry} within a time limit: see {@link CallRetries.call}. */
  call<T>(
    what: string,
    limit: CallLimit,
    attempt: (limit: TimeLimit, wait: Wait) => Promise<T>,
    wait?: CallWait,
  ): Promise<T> {
    return this.#retries.call(what, limit, attempt, wait);
  }

  /** The signal to listen to instead of a user's. */
  shared(signal: AbortSignalLike): AbortSignalLike;
  shared(signal: AbortSignalLike | undefined): AbortSignalLike | undefined;
  shared(signal: AbortSignalLike | undefined): AbortSignalLike | undefined {
    return this.cluster.signals.of(signal);
  }

  /** Closes tasks and connections and rejects all waiters. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#unsubscribe();
    this.cluster.interests.delete(this.#refresh);
    this.#waiters.close();
    const ended = this.tasks.close();
    this.#runtime.closing();
    this.#pool.close();
    await ended;
    await this.#pool.ended();
    this.deadlines.close();
    this.alive.close();
    if (this.cluster.clients.delete(this)) this.hooks?.clientStopped?.();
    this.listeners?.closed();
  }

  /** The pending connection attempts and responses of a purpose, as texts. */
  pending(purpose: Purpose): readonly string[] {
    return this.#pool.unanswered(purpose);
  }

  /** The pending connection attempts and responses, as the reason of an error; undefined if there are none. */
  pendingError(): KafkaError | undefined {
    const waiting = this.#pool.unanswered("other");
    return waiting.length === 0
      ? undefined
      : new KafkaError("timeout", `no answer: still ${waiting.join(", ")}`, { retriable: true });
  }

  /**
   * Drops all brokers and closes all connections; requests in flight are retried with whichever broker leads then.
   * Topics stay, because their leader epochs must not go back. If a different cluster answers, its topics have other
   * ids.
   */
  #rebootstrap(why: string): void {
    this.cluster.log("warn", `the client reconnects to its bootstrap servers: ${why}`);
    this.#pool.close(
      new KafkaError(
        "connection",
        `the connection was closed: the client reconnects to its bootstrap servers, because ${why}`,
        { retriable: true, outcome: "indefinite" },
      ),
    );
    this.cluster.publish({ ...this.snapshot, brokers: new Map() });
  }

  #refreshFailed(error: KafkaError): void {
    this.#metadataError = error;
    this.cluster.log("debug", `metadata refresh failed: ${error.message}`, { kind: error.kind });
    this.#waiters.failed(error);
  }
}

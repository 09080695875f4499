import { flag, shape } from "../errors/shape.ts";
import type { AsyncRuntime } from "../runtime/async-runtime.ts";
import type { Connector } from "../runtime/byte-stream.ts";
import type { LogEntry, Platform } from "../runtime/platform.ts";
import { TaskGroup } from "../runtime/task-group.ts";
import { BrokerControl } from "./broker-control.ts";
import { BrokerNodes } from "./broker-nodes.ts";
import { initialConfigs } from "./configs/configs-in-file.ts";
import type { EmbeddedClusterHost } from "./cluster-host.ts";
import { coordinatorsMoved } from "./coordinator-moves.ts";
import { clusterState } from "./cluster-state.ts";
import { FinalizedFeatures } from "./finalized-features.ts";
import type { ClusterState } from "./handler.ts";
import { handlers } from "./handlers/registry.ts";
import type { QueuedError } from "./intercepts/error-queue.ts";
import type { InterceptHandle } from "./intercepts/intercept-handle.ts";
import type { ApiIntercept, ApiName, FailingApiName, GivenInterception, Intercept } from "./intercepts/interception.ts";
import { RequestControl } from "./intercepts/request-control.ts";
import type { RequestLog, RequestLogOptions } from "./intercepts/request-log.ts";
import type { InterceptScope, RequestScope, ScopeOf } from "./intercepts/scope.ts";
import type { GivenIntercept } from "./intercepts/scoped-intercept.ts";
import type { PartitionApiName } from "./intercepts/topic-fields.ts";
import { InternalTopics } from "./internal-topics.ts";
import { LeadershipControl } from "./leadership-control.ts";
import { type EmbeddedClusterOptions, type TransactionVersion, checkListener, checkOptions } from "./options.ts";
import { ClusterSecurity } from "./security/cluster-security.ts";
import { type QuotaChanges, setQuotas } from "./quota-control.ts";
import { type ClusterSnapshot, snapshotOf } from "./snapshot.ts";
import { BrokerStates } from "./state/broker-states.ts";
import type { CoordinatorKind } from "./state/coordinators.ts";
import type { QuotaEntity } from "./state/quotas/quota-entity.ts";
import { Topics } from "./state/topics.ts";
import { TopicControl } from "./topic-control.ts";

export type { EmbeddedClusterOptions, InitialTopic, TransactionVersion } from "./options.ts";
export type { CoordinatorKind } from "./state/coordinators.ts";
export type { GroupConfigs, MigrationPolicy } from "./state/groups/group-configs.ts";
export type { CommittedOffset } from "./state/groups/committed-offsets.ts";
export type { TopicPartition, TransactionStatus } from "./state/transactions/transaction.ts";

const ELECTION_OPTIONS = shape({ unclean: flag });

/** A Kafka cluster in this process. Brokers and logs are in memory; any listener and any Kafka client can be used. */
export class EmbeddedCluster {
  readonly #host: EmbeddedClusterHost;
  readonly #tasks: TaskGroup;
  readonly #nodes = new BrokerNodes();
  readonly #leadership: LeadershipControl;
  readonly #features: FinalizedFeatures;
  readonly #state: ClusterState;
  readonly #topics: TopicControl;
  readonly #requests: RequestControl;
  readonly #brokers: BrokerControl;
  #closing: Promise<void> | undefined;

  private constructor(options: EmbeddedClusterOptions, host: EmbeddedClusterHost) {
    const served = handlers();
    const tasks = new TaskGroup(host.runtime);
    const brokers = new BrokerStates(options.eligibleLeaderReplicas);
    const configs = initialConfigs(options, () => this.#nodes.up);
    const topics = new Topics(host.entropy, brokers, configs);
    this.#host = host;
    this.#tasks = tasks;
    this.#leadership = new LeadershipControl({
      ...host,
      tasks,
      topics,
      brokers,
      replicaLagTimeMaxMs: options.replicaLagTimeMaxMs,
      reassignmentDelayMs: options.reassignmentDelayMs,
      leaderChosen: (named) => this.#state.internalTopics.leaderChanged(named),
    });
    this.#features = new FinalizedFeatures(options);
    this.#state = clusterState(options, {
      ...host,
      topics,
      configs,
      tasks,
      security: new ClusterSecurity(options, host.crypto ?? host.platform?.crypto, host.entropy),
      features: () => this.#features,
      internalTopics: new InternalTopics(
        () => this.#state,
        (moved) => coordinatorsMoved(this.#state, tasks, moved),
      ),
      leadership: this.#leadership,
      brokers: () => this.#nodes.up,
      nodes: () => this.#nodes.registered,
      unregister: (nodeId) => this.#brokers.unregister(nodeId),
      metadataOf: (nodeId) => this.#brokers.metadataOf(nodeId),
      createSoon: (name) => this.#topics.createSoon(name),
      createTopic: (...topic) => this.#topics.create(...topic),
    });
    configs.onChange(() => this.#leadership.update());
    this.#topics = new TopicControl(this.#state, tasks, options.autoCreateDelayMs ?? 0);
    this.#requests = new RequestControl(
      [...served.values()].map(({ api }) => api),
      () => this.#nodes.ids,
    );
    this.#brokers = new BrokerControl({
      listener: host.listener,
      address: options.host ?? "127.0.0.1",
      advertised: options.advertise,
      firstNodeId: options.firstNodeId ?? 0,
      tls: options.tls,
      nodes: this.#nodes,
      brokers,
      leadership: this.#leadership,
      served: {
        state: this.#state,
        handlers: served,
        tasks,
        intercepts: this.#requests.intercepts,
        recorder: this.#requests.recorder,
        log: (entry: LogEntry): void => host.log?.(entry),
        observeAuthentication: host.onAuthentication,
      },
    });
  }

  /** The platform on which it was started. */
  get platform(): Platform<AsyncRuntime> | undefined {
    return this.#host.platform;
  }

  /**
   * Starts a cluster on a host. `odradek/embedded` provides the host's parts.
   * @internal
   */
  static async start(options: EmbeddedClusterOptions, host: EmbeddedClusterHost): Promise<EmbeddedCluster> {
    checkOptions(options);
    checkListener(options, host.listener);
    const cluster = new EmbeddedCluster(options, host);
    try {
      for (let i = 0; i < (options.brokers ?? 1); i++) {
        const rack = options.racks?.[i];
        await cluster.addBroker({ port: options.ports?.[i] ?? 0, ...(rack === undefined ? {} : { rack }) });
      }
    } catch (error) {
      await cluster.close(); // a port was in use: stop the brokers that have started
      throw error;
    }
    for (const [name, topic] of Object.entries(options.topics ?? {})) cluster.#topics.createInitial(name, topic);
    return cluster;
  }

  /** `host:port` of every broker, separated by commas. In memory, only `new Kafka({ cluster })` reaches them. */
  get bootstrapServers(): string {
    return this.#nodes.bootstrapServers;
  }

  /** Connects to the brokers, for the option `cluster` of a `Kafka`. */
  get connector(): Connector | undefined {
    return this.#host.connector;
  }

  /**
   * Runs a function for every request from now on, or for the requests of one API, given by Kafka's name for it. The
   * function returns what happens to the request; pass an {@link Interception} instead if the same happens to all.
   * Intercepts run in the order in which they were added, until one ends the request. Returns a handle that removes the
   * intercept and counts its calls.
   *
   * Throws kind `config` for an API that the cluster does not serve, and for a scope that can never match. If the
   * function throws, the broker closes the connection and logs an error.
   */
  intercept(intercept: Intercept, scope?: InterceptScope): InterceptHandle;
  intercept<A extends ApiName>(
    api: A,
    intercept: ApiIntercept<A> | GivenInterception<A>,
    scope?: ScopeOf<A>,
  ): InterceptHandle;
  intercept(
    first: string | Intercept,
    second?: GivenIntercept | InterceptScope,
    third?: InterceptScope,
  ): InterceptHandle {
    return typeof first === "string"
      ? this.#requests.intercept(first, second, third)
      : this.#requests.intercept(undefined, first, second as InterceptScope | undefined);
  }

  /**
   * Queues errors, by Kafka's names or codes, for the next requests about a partition, one for each request; `NONE`
   * lets a request pass. The other partitions of a request are served as usual. A write to a failing partition is not
   * applied, except for the errors that Kafka returns after the append: REQUEST_TIMED_OUT,
   * NOT_ENOUGH_REPLICAS_AFTER_APPEND and DUPLICATE_SEQUENCE_NUMBER. Errors that were queued earlier come first.
   *
   * Throws kind `config` for an API whose response has no error for each partition, and for an error that Kafka does
   * not have.
   */
  failPartition(
    api: PartitionApiName,
    topic: string,
    partition: number,
    errors: readonly QueuedError[],
    scope?: Omit<RequestScope, "topic">,
  ): InterceptHandle {
    return this.#requests.failPartition(api, topic, partition, errors, scope);
  }

  /**
   * Queues errors for the next requests of an API, one for each request. If the API has an error for each partition,
   * all partitions of the request get it; otherwise the whole request does. See {@link failPartition}.
   *
   * Throws kind `config` for an API whose response has no such error: use {@link intercept} with an `answer` for those.
   */
  failRequests<A extends FailingApiName>(
    api: A,
    errors: readonly QueuedError[],
    scope?: RequestScope & Pick<ScopeOf<A>, "topic">,
  ): InterceptHandle {
    return this.#requests.failRequests(api, errors, scope);
  }

  /** Removes all intercepts and error queues. */
  clearIntercepts(): void {
    this.#requests.intercepts.clear();
  }

  /**
   * Records the requests that brokers get, with decoded requests and responses, until the returned log is stopped. They
   * are kept in memory with their records; `limit` says how many. Before this is called, nothing is recorded, and
   * requests cost nothing extra.
   *
   * Throws kind `config` for an API that is not served, and for a scope that can never match.
   */
  recordRequests<A extends ApiName = ApiName>(options?: RequestLogOptions<A>): RequestLog<A> {
    return this.#requests.record(options);
  }

  /**
   * Stops a broker: its connections break, it leaves every ISR, and other replicas become leaders. It keeps its logs.
   */
  stopBroker(nodeId: number): Promise<void> {
    return this.#brokers.stop(nodeId);
  }

  /**
   * Starts a stopped broker on its former port. It catches up with the leaders, and becomes the leader of partitions
   * without one, if it has everything that was committed.
   */
  startBroker(nodeId: number): Promise<void> {
    return this.#brokers.start(nodeId);
  }

  /** Makes another broker the coordinator of a group or a transactional id, and of all that share its partition. */
  moveCoordinator(kind: CoordinatorKind, key: string, nodeId: number): void {
    this.#brokers.moveCoordinator(kind, key, nodeId);
  }

  /** Finalises another level of `transaction.version`. Clients learn of it from their next ApiVersions request. */
  setTransactionVersion(level: TransactionVersion): void {
    this.#features.setTransactionVersion(level);
  }

  /**
   * Adds a broker with the next node id, and returns that id. It leads no partition yet: see {@link moveLeader}.
   * Default port: the one after the last given port, otherwise the host chooses. Default rack: none.
   */
  addBroker(options: { readonly port?: number; readonly rack?: string } = {}): Promise<number> {
    return this.#brokers.add(options);
  }

  /**
   * Removes a broker for good. First, its replicas move with all their records to brokers that have none; if there is
   * no such broker, the partition has one replica fewer.
   */
  removeBroker(nodeId: number): Promise<void> {
    return this.#brokers.remove(nodeId);
  }

  /** Stops updating a broker's metadata: it keeps returning what it returns now, even if leaders change. */
  freezeMetadata(nodeId: number): void {
    this.#brokers.freezeMetadata(nodeId);
  }

  /** Updates the broker's metadata again, with everything that it missed. */
  thawMetadata(nodeId: number): void {
    this.#brokers.thawMetadata(nodeId);
  }

  /**
   * Makes another broker the leader of a partition, with the next leader epoch. A broker without a replica takes over
   * the leader's replica.
   */
  moveLeader(topic: string, partition: number, nodeId: number): void {
    this.#nodes.of("moveLeader", nodeId);
    this.#leadership.move({ topic, log: this.#topics.log("moveLeader", topic, partition) }, nodeId);
  }

  /**
   * Elects a running replica as leader. A replica that is not in the ISR may lack committed records: it needs
   * `unclean`, and the log is then truncated to its end, as by an unclean election.
   */
  electLeader(topic: string, partition: number, nodeId: number, options: { readonly unclean?: boolean } = {}): void {
    ELECTION_OPTIONS(options, "electLeader");
    this.#nodes.of("electLeader", nodeId);
    const log = this.#topics.log("electLeader", topic, partition);
    this.#leadership.elect({ topic, log }, nodeId, options.unclean === true);
  }

  /**
   * Stops a broker's fetching from its leaders, so that it lacks everything written from now on. Nothing is committed
   * without it until it leaves the ISR, after `replicaLagTimeMaxMs` or by {@link shrinkIsr}. It serves clients as
   * before.
   */
  pauseReplication(nodeId: number): void {
    this.#nodes.of("pauseReplication", nodeId);
    this.#leadership.pause(nodeId);
  }

  /** The broker fetches again, truncates what its leaders do not have, and is in sync at once. */
  resumeReplication(nodeId: number): void {
    this.#nodes.of("resumeReplication", nodeId);
    this.#leadership.resume(nodeId);
  }

  /** Removes a broker whose replication is paused from every ISR now, except for the partitions that it leads. */
  shrinkIsr(nodeId: number): void {
    this.#nodes.of("shrinkIsr", nodeId);
    this.#leadership.shrinkIsr(nodeId);
  }

  /**
   * Adds partitions to a topic, up to `partitions` in total. Clients learn of them from their next metadata request.
   */
  growTopic(topic: string, partitions: number): void {
    this.#topics.grow(topic, partitions);
  }

  /**
   * Creates a topic, as an admin client does. If a topic of this name was deleted before, the new one is unrelated: its
   * offsets begin at 0.
   */
  createTopic(topic: string, partitions: number): void {
    this.#topics.createChecked(topic, partitions);
  }

  /** Deletes a topic with all its records, and the offsets that groups have committed for it. */
  deleteTopic(topic: string): void {
    this.#topics.delete(topic);
  }

  /** Moves the start of a partition's log up to an offset, as retention does: earlier records can no longer be read. */
  deleteRecords(topic: string, partition: number, beforeOffset: number): void {
    this.#topics.deleteRecords(topic, partition, beforeOffset);
  }

  /**
   * Makes the leader of a partition forget its idempotent producers. Kafka does that for producers that wrote nothing
   * for `producer.id.expiration.ms`, and a leader that lost its snapshot does too. It then accepts any first sequence
   * from them. Producers with an open transaction are remembered.
   */
  forgetProducers(topic: string, partition: number): void {
    this.#topics.log("forgetProducers", topic, partition).producers.states.expire();
  }

  /**
   * Sets quotas of a user, a client id, both together, or an IP address, as `admin.alterClientQuotas` does. A name that
   * is null is the default; a value that is null removes the quota. Throws kind `config` if Kafka would refuse it.
   */
  setQuotas(entity: QuotaEntity, quotas: QuotaChanges): void {
    setQuotas(this.#state.quotas, entity, quotas);
  }

  /** How many connections are open. @internal */
  get connectionCount(): number {
    return this.#nodes.connectionCount;
  }

  /** Returns the state of the cluster, for tests. */
  snapshot(): ClusterSnapshot {
    this.#state.logCleaning.catchUp();
    return snapshotOf(this.#nodes.all, this.#state);
  }

  /** Stops all brokers, and ends every task, delay and socket. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const closing = this.#brokers.close();
    this.#state.transactionCoordinator.close();
    this.#state.groupCoordinator.close();
    await this.#tasks.close();
    await closing;
  }
}

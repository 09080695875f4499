import { counted } from "../errors/counted.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { flag, name, oneOf, shape, wholeFrom } from "../errors/shape.ts";
import { inWords, plainly } from "../errors/words.ts";
import type { AsyncRuntime, Clock } from "../runtime/async-runtime.ts";
import type { Connector, Listener, ListeningSocket } from "../runtime/byte-stream.ts";
import type { LogEntry, Platform } from "../runtime/platform.ts";
import type { Entropy } from "../runtime/entropy.ts";
import { TaskGroup } from "../runtime/task-group.ts";
import { turn } from "../runtime/sleep.ts";
import { uuidText } from "../wire/uuid.ts";
import { Broker } from "./broker.ts";
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
import {
  type EmbeddedClusterOptions,
  type TransactionVersion,
  MAX_PARTITIONS,
  checkOptions,
  checkTransactionVersion,
} from "./options.ts";
import type { BrokerInfo } from "./state/broker-info.ts";
import { LeadershipControl } from "./leadership-control.ts";
import { type ClusterSnapshot, snapshotOf } from "./snapshot.ts";
import type { BrokerHost } from "./serve-request.ts";
import { BrokerStates } from "./state/broker-states.ts";
import { coordinatorsMoved } from "./coordinator-moves.ts";
import { GroupCoordinator } from "./group-coordinator.ts";
import { memberId } from "./member-id.ts";
import { type CoordinatorKind, Coordinators, type Moved } from "./state/coordinators.ts";
import { GROUP_DEFAULTS } from "./state/groups/group-configs.ts";
import { Groups } from "./state/groups/groups.ts";
import { type MetadataView, frozen } from "./state/metadata-view.ts";
import type { PartitionLog } from "./state/partition-log.ts";
import { type Topic, Topics } from "./state/topics.ts";
import { Transactions } from "./state/transactions/transactions.ts";
import { TransactionCoordinator } from "./transaction-coordinator.ts";

export type { EmbeddedClusterOptions, InitialTopic, TransactionVersion } from "./options.ts";
export type { CoordinatorKind } from "./state/coordinators.ts";
export type { GroupConfigs, MigrationPolicy } from "./state/groups/group-configs.ts";
export type { CommittedOffset } from "./state/groups/committed-offsets.ts";
export type { TopicPartition, TransactionStatus } from "./state/transactions/transaction.ts";
export type {
  BrokerSnapshot,
  ClusterSnapshot,
  GroupMemberSnapshot,
  GroupSnapshot,
  PartitionSnapshot,
  TopicSnapshot,
  TransactionSnapshot,
} from "./snapshot.ts";

/** The parts of the host that the cluster uses. */
export interface EmbeddedClusterHost {
  readonly runtime: AsyncRuntime;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly listener: Listener;
  /** Connects to the brokers, if the platform's connector cannot; a `Kafka` takes it from here. */
  readonly connector?: Connector;
  /** The platform of the host, if it has one. A `Kafka` without a platform of its own uses it. */
  readonly platform?: Platform<AsyncRuntime>;
  /** Called with each log entry of a broker, for example why it closed a connection. */
  log?(entry: LogEntry): void;
}

interface Node {
  readonly broker: Broker;
  info: BrokerInfo;
  socket: ListeningSocket | undefined;
}

const FIRST_PRODUCER_ID = 1000;

const BROKER_OPTIONS = shape({ port: wholeFrom(0, 65_535) });
const ELECTION_OPTIONS = shape({ unclean: flag });

/** A Kafka cluster in this process. Brokers and logs are in memory; any listener and any Kafka client can be used. */
export class EmbeddedCluster {
  readonly #host: EmbeddedClusterHost;
  readonly #tasks: TaskGroup;
  readonly #brokers: BrokerStates;
  readonly #topics: Topics;
  readonly #leadership: LeadershipControl;
  readonly #state: ClusterState;
  readonly #nodes = new Map<number, Node>();
  readonly #handlers = handlers();
  readonly #control = new RequestControl(
    [...this.#handlers.values()].map(({ api }) => api),
    () => [...this.#nodes.keys()],
  );
  readonly #frozen = new Map<number, MetadataView>();
  readonly #served: BrokerHost;
  readonly #address: string;
  readonly #creating = new Set<string>();
  #nextNodeId = 0;
  #nextPort = 0;
  #nextProducerId = FIRST_PRODUCER_ID;
  #transactionVersion: TransactionVersion;
  #featuresEpoch = 1;
  #closing: Promise<void> | undefined;

  private constructor(options: EmbeddedClusterOptions, host: EmbeddedClusterHost) {
    this.#host = host;
    this.#tasks = new TaskGroup(host.runtime);
    this.#brokers = new BrokerStates(options.eligibleLeaderReplicas);
    this.#topics = new Topics(host.entropy, this.#brokers);
    this.#leadership = new LeadershipControl({
      ...host,
      tasks: this.#tasks,
      topics: this.#topics,
      brokers: this.#brokers,
      replicaLagTimeMaxMs: options.replicaLagTimeMaxMs,
    });
    this.#address = options.host ?? "127.0.0.1";
    this.#transactionVersion = options.transactionVersion ?? 2;
    const id = new Uint8Array(16);
    host.entropy.fill(id);
    const coordinators = new Coordinators(options.brokers ?? 1);
    const configs = { ...GROUP_DEFAULTS, ...options.groups };
    const groups = new Groups({ configs, newId: () => memberId(host.entropy), topics: this.#topics });
    const transactions = new Transactions(() => this.#nextProducerId++);
    const { runtime, clock } = host;
    this.#state = {
      coordinators,
      groups,
      groupCoordinator: new GroupCoordinator({ runtime, clock, coordinators, groups, configs }),
      transactions,
      transactionCoordinator: new TransactionCoordinator({
        runtime,
        clock,
        topics: this.#topics,
        tasks: this.#tasks,
        groups,
        coordinators,
        transactions,
        markerDelayMs: options.transactionMarkerDelayMs ?? 0,
        transactionVersion: () => this.#transactionVersion,
      }),
      features: () => ({
        transactionVersion: this.#transactionVersion,
        groupVersion: options.groupVersion ?? 1,
        epoch: this.#featuresEpoch,
      }),
      clusterId: uuidText(id, 0),
      runtime,
      clock,
      topics: this.#topics,
      numPartitions: options.numPartitions ?? 3,
      defaultReplicationFactor: Math.min(3, options.brokers ?? 1),
      autoCreateTopics: options.autoCreateTopics ?? true,
      brokers: () => [...this.#nodes.values()].filter((node) => node.socket !== undefined).map((node) => node.info),
      metadataOf: (nodeId) => this.#frozen.get(nodeId) ?? this.#state,
      nextProducerId: () => this.#nextProducerId++,
      newMemberId: () => memberId(host.entropy),
      createSoon: (name) => this.#createSoon(name),
      createTopic: (name, partitions, replicationFactor, configs, replicas) =>
        this.#create(name, partitions, replicationFactor, configs, replicas),
    };
    this.#served = {
      state: this.#state,
      handlers: this.#handlers,
      tasks: this.#tasks,
      intercepts: this.#control.intercepts,
      recorder: this.#control.recorder,
      log: (entry: LogEntry): void => host.log?.(entry),
    };
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
    const cluster = new EmbeddedCluster(options, host);
    try {
      for (let nodeId = 0; nodeId < (options.brokers ?? 1); nodeId++) {
        await cluster.addBroker({ port: options.ports?.[nodeId] ?? 0 });
      }
    } catch (error) {
      await cluster.close(); // a port was in use: stop the brokers that have started
      throw error;
    }
    for (const [name, topic] of Object.entries(options.topics ?? {})) {
      const {
        partitions,
        replicationFactor = cluster.#state.defaultReplicationFactor,
        configs = {},
      } = typeof topic === "number" ? { partitions: topic } : topic;
      cluster.#create(name, partitions, replicationFactor, new Map(Object.entries(configs)));
    }
    return cluster;
  }

  /** `host:port` of every broker, separated by commas. */
  get bootstrapServers(): string {
    return [...this.#nodes.values()].map(({ info }) => `${info.host}:${info.port}`).join(",");
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
      ? this.#control.intercept(first, second, third)
      : this.#control.intercept(undefined, first, second as InterceptScope | undefined);
  }

  /**
   * Queues errors, by Kafka's names or codes, for the next requests about a partition, one for each request; `NONE`
   * lets a request pass. The other partitions of a request are served as usual. A write to a failing partition is not
   * applied, except for the errors that Kafka returns after the append: REQUEST_TIMED_OUT and
   * NOT_ENOUGH_REPLICAS_AFTER_APPEND. Errors that were queued earlier come first.
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
    return this.#control.failPartition(api, topic, partition, errors, scope);
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
    return this.#control.failRequests(api, errors, scope);
  }

  /** Removes all intercepts and error queues. */
  clearIntercepts(): void {
    this.#control.intercepts.clear();
  }

  /**
   * Records the requests that brokers get, with decoded requests and responses, until the returned log is stopped. They
   * are kept in memory with their records; `limit` says how many. Before this is called, nothing is recorded, and
   * requests cost nothing extra.
   *
   * Throws kind `config` for an API that is not served, and for a scope that can never match.
   */
  recordRequests<A extends ApiName = ApiName>(options?: RequestLogOptions<A>): RequestLog<A> {
    return this.#control.record(options);
  }

  /**
   * Stops a broker: its connections break, it leaves every ISR, and other replicas become leaders. It keeps its logs.
   */
  async stopBroker(nodeId: number): Promise<void> {
    const node = this.#node("stopBroker", nodeId);
    const { socket } = node;
    node.socket = undefined;
    const closing = socket?.close();
    node.broker.stop();
    this.#brokers.setUp(nodeId, false);
    this.#leadership.update();
    const up = this.#state.brokers().map((broker) => broker.nodeId);
    this.#moved(this.#state.coordinators.stopped(nodeId, up));
    await closing;
  }

  /**
   * Starts a stopped broker on its former port. It catches up with the leaders, and becomes the leader of partitions
   * without one, if it has everything that was committed.
   */
  async startBroker(nodeId: number): Promise<void> {
    const node = this.#node("startBroker", nodeId);
    if (node.socket !== undefined) return;
    if (this.#closing !== undefined)
      throw new KafkaError("closed", `broker ${nodeId} cannot start: the cluster is closed`);
    const { host, port } = node.info;
    const socket = await this.#host.listener.listen({ host, port }, (stream) => node.broker.accept(stream));
    node.broker.start();
    node.socket = socket;
    node.info = { ...node.info, port: socket.port };
    this.#brokers.setUp(nodeId, true);
    this.#leadership.update();
    this.#moved(this.#state.coordinators.started(nodeId));
  }

  /** Makes another broker the coordinator of a group or a transactional id, and of all that share its partition. */
  moveCoordinator(kind: CoordinatorKind, key: string, nodeId: number): void {
    oneOf("group", "transaction")(kind, "moveCoordinator: the kind");
    name(key, "moveCoordinator: the key");
    if (this.#node("moveCoordinator", nodeId).socket === undefined)
      throw new KafkaError("config", `broker ${nodeId} is stopped: it cannot coordinate ${key}`);
    this.#moved([this.#state.coordinators.move(kind, key, nodeId)]);
  }

  /** Finalises another level of `transaction.version`. Clients learn of it from their next ApiVersions request. */
  setTransactionVersion(level: TransactionVersion): void {
    checkTransactionVersion(level, "setTransactionVersion: transactionVersion");
    this.#transactionVersion = level;
    this.#featuresEpoch++;
  }

  /**
   * Adds a broker with the next node id, and returns that id. It leads no partition yet: see {@link moveLeader}.
   * Default port: the one after the last given port, otherwise the host chooses.
   */
  async addBroker(options: { readonly port?: number } = {}): Promise<number> {
    BROKER_OPTIONS(options, "addBroker");
    const nodeId = this.#nextNodeId++;
    const info = { nodeId, host: this.#address, port: options.port ?? this.#nextPort, rack: null };
    this.#nodes.set(nodeId, { broker: new Broker(nodeId, this.#served), info, socket: undefined });
    try {
      await this.startBroker(nodeId);
    } catch (error) {
      this.#nodes.delete(nodeId);
      throw KafkaError.from(error);
    }
    if (this.#nextPort > 0 || (options.port ?? 0) > 0) this.#nextPort = info.port + 1;
    return nodeId;
  }

  /**
   * Removes a broker for good. First, its replicas move with all their records to brokers that have none; if there is
   * no such broker, the partition has one replica fewer.
   */
  async removeBroker(nodeId: number): Promise<void> {
    const node = this.#node("removeBroker", nodeId);
    const others = this.#state.brokers().filter((broker) => broker.nodeId !== nodeId);
    if (others.length === 0)
      throw new KafkaError("config", `broker ${nodeId} is the last one that is up: it cannot leave`);
    this.#leadership.moveReplicas(
      nodeId,
      others.map((broker) => broker.nodeId),
    );
    await this.stopBroker(nodeId);
    this.#nodes.delete(node.info.nodeId);
    this.#frozen.delete(nodeId);
    this.#brokers.resume(nodeId);
  }

  /** Stops updating a broker's metadata: it keeps returning what it returns now, even if leaders change. */
  freezeMetadata(nodeId: number): void {
    this.#node("freezeMetadata", nodeId);
    if (!this.#frozen.has(nodeId)) this.#frozen.set(nodeId, frozen(this.#state));
  }

  /** Updates the broker's metadata again, with everything that it missed. */
  thawMetadata(nodeId: number): void {
    this.#node("thawMetadata", nodeId);
    this.#frozen.delete(nodeId);
  }

  /**
   * Makes another broker the leader of a partition, with the next leader epoch. A broker without a replica takes over
   * the leader's replica.
   */
  moveLeader(topic: string, partition: number, nodeId: number): void {
    this.#node("moveLeader", nodeId);
    this.#leadership.move({ topic, log: this.#log("moveLeader", topic, partition) }, nodeId);
  }

  /**
   * Elects a running replica as leader. A replica that is not in the ISR may lack committed records: it needs
   * `unclean`, and the log is then truncated to its end, as by an unclean election.
   */
  electLeader(topic: string, partition: number, nodeId: number, options: { readonly unclean?: boolean } = {}): void {
    ELECTION_OPTIONS(options, "electLeader");
    this.#node("electLeader", nodeId);
    this.#leadership.elect(
      { topic, log: this.#log("electLeader", topic, partition) },
      nodeId,
      options.unclean === true,
    );
  }

  /**
   * Stops a broker's fetching from its leaders, so that it lacks everything written from now on. Nothing is committed
   * without it until it leaves the ISR, after `replicaLagTimeMaxMs` or by {@link shrinkIsr}. It serves clients as
   * before.
   */
  pauseReplication(nodeId: number): void {
    this.#node("pauseReplication", nodeId);
    this.#leadership.pause(nodeId);
  }

  /** The broker fetches again, truncates what its leaders do not have, and is in sync at once. */
  resumeReplication(nodeId: number): void {
    this.#node("resumeReplication", nodeId);
    this.#leadership.resume(nodeId);
  }

  /** Removes a broker whose replication is paused from every ISR now, except for the partitions that it leads. */
  shrinkIsr(nodeId: number): void {
    this.#node("shrinkIsr", nodeId);
    this.#leadership.shrinkIsr(nodeId);
  }

  /**
   * Adds partitions to a topic, up to `partitions` in total. Clients learn of them from their next metadata request.
   */
  growTopic(topic: string, partitions: number): void {
    const found = this.#topic("growTopic", topic);
    wholeFrom(1, MAX_PARTITIONS)(partitions, "growTopic: partitions");
    if (partitions <= found.partitions.length)
      throw new KafkaError(
        "config",
        `growTopic: topic ${topic} has ${counted(found.partitions.length, "partition")}: it can only get more, ` +
          `not ${partitions}`,
        { topic },
      );
    this.#topics.grow(
      found,
      partitions,
      found.partitions[0]?.replicas.length ?? 1,
      this.#state.brokers().map((broker) => broker.nodeId),
    );
  }

  /**
   * Creates a topic, as an admin client does. If a topic of this name was deleted before, the new one is unrelated: its
   * offsets begin at 0.
   */
  createTopic(topic: string, partitions: number): void {
    if (typeof topic !== "string" || !Topics.isValidName(topic))
      throw new KafkaError(
        "config",
        typeof topic === "string"
          ? `createTopic: ${Topics.nameError(topic)}`
          : `createTopic takes the name of a topic, not ${inWords(topic)}`,
      );
    if (this.#topics.byName(topic) !== undefined)
      throw new KafkaError("config", `there is a topic ${topic} already`, { topic });
    wholeFrom(1, MAX_PARTITIONS)(partitions, "createTopic: partitions");
    this.#create(topic, partitions, this.#state.defaultReplicationFactor, new Map());
  }

  /** Deletes a topic with all its records, and the offsets that groups have committed for it. */
  deleteTopic(topic: string): void {
    const found = this.#topic("deleteTopic", topic);
    this.#topics.delete(found);
    this.#state.groups.deleteTopic(topic);
  }

  /** Moves the start of a partition's log up to an offset, as retention does: earlier records can no longer be read. */
  deleteRecords(topic: string, partition: number, beforeOffset: number): void {
    const log = this.#log("deleteRecords", topic, partition);
    if (!Number.isInteger(beforeOffset) || beforeOffset < 0 || beforeOffset > log.highWatermark)
      throw new KafkaError(
        "config",
        `deleteRecords: ${topic}-${partition} holds the offsets ${log.logStartOffset} to ${log.highWatermark}: ` +
          `records before ${inWords(beforeOffset)} cannot be deleted`,
        { topic, partition },
      );
    log.deleteBefore(beforeOffset);
  }

  /**
   * Makes the leader of a partition forget its idempotent producers. Kafka does that for producers that wrote nothing
   * for `producer.id.expiration.ms`, and a leader that lost its snapshot does too. It then accepts any first sequence
   * from them. Producers with an open transaction are remembered.
   */
  forgetProducers(topic: string, partition: number): void {
    this.#log("forgetProducers", topic, partition).producers.states.expire();
  }

  /** Returns the state of the cluster, for tests. */
  snapshot(): ClusterSnapshot {
    return snapshotOf(this.#nodes.values(), this.#state);
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
    const sockets = [...this.#nodes.values()].map(async (node) => {
      const { socket } = node;
      node.socket = undefined;
      const closing = socket?.close();
      node.broker.stop();
      await closing;
    });
    this.#state.transactionCoordinator.close();
    this.#state.groupCoordinator.close();
    await this.#tasks.close();
    await Promise.all(sockets);
  }

  #moved(all: readonly Moved[]): void {
    coordinatorsMoved(this.#state, this.#tasks, all);
  }

  /** Throws kind `config`, with the call's name, if the broker does not exist. */
  #node(call: string, nodeId: number): Node {
    const node = this.#nodes.get(nodeId);
    if (node === undefined)
      throw new KafkaError(
        "config",
        `${call}: there is no broker ${inWords(nodeId)}; there are ${[...this.#nodes.keys()].join(", ")}`,
      );
    return node;
  }

  #topic(call: string, topic: string): Topic {
    const found = this.#topics.byName(topic);
    if (found === undefined) throw new KafkaError("config", `${call}: there is no topic ${plainly(topic)}`, { topic });
    return found;
  }

  #log(call: string, topic: string, partition: number): PartitionLog {
    // A list can also be indexed by a string.
    const log = Number.isInteger(partition) ? this.#topics.byName(topic)?.partitions[partition] : undefined;
    if (log === undefined)
      throw new KafkaError("config", `${call}: there is no partition ${plainly(topic)}-${plainly(partition)}`, {
        topic,
        partition,
      });
    return log;
  }

  #create(
    name: string,
    partitions: number,
    replicationFactor: number,
    configs: ReadonlyMap<string, string>,
    replicas?: readonly (readonly number[])[],
  ): Topic {
    return this.#topics.create(
      name,
      partitions,
      replicationFactor,
      this.#state.brokers().map((broker) => broker.nodeId),
      configs,
      replicas,
    );
  }

  #createSoon(name: string): void {
    if (this.#creating.has(name)) return;
    this.#creating.add(name);
    this.#tasks.spawn(async () => {
      await turn(this.#host.runtime);
      this.#creating.delete(name);
      if (this.#topics.byName(name) === undefined)
        this.#create(name, this.#state.numPartitions, this.#state.defaultReplicationFactor, new Map());
    });
  }
}

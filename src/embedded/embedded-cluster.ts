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

/** What the cluster needs of a host. */
export interface EmbeddedClusterHost {
  readonly runtime: AsyncRuntime;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly listener: Listener;
  /** The way to the brokers, where it is not that of the platform: then a `Kafka` finds it here. */
  readonly connector?: Connector;
  /** The platform that all of this is of, if it is of one: a `Kafka` that has no other takes it. */
  readonly platform?: Platform<AsyncRuntime>;
  /** Gets what brokers log: why they hung up. */
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

/** A Kafka cluster in the process: brokers and logs in memory, on any listener, for any Kafka client. */
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

  /** The platform that it was started on. */
  get platform(): Platform<AsyncRuntime> | undefined {
    return this.#host.platform;
  }

  /** Starts a cluster on a host. `odradek/embedded` knows the host's pieces by itself. @internal */
  static async start(options: EmbeddedClusterOptions, host: EmbeddedClusterHost): Promise<EmbeddedCluster> {
    checkOptions(options);
    const cluster = new EmbeddedCluster(options, host);
    try {
      for (let nodeId = 0; nodeId < (options.brokers ?? 1); nodeId++) {
        await cluster.addBroker({ port: options.ports?.[nodeId] ?? 0 });
      }
    } catch (error) {
      await cluster.close(); // a port was taken: the brokers before it do not stay
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

  /** `host:port` of every broker, commas between. */
  get bootstrapServers(): string {
    return [...this.#nodes.values()].map(({ info }) => `${info.host}:${info.port}`).join(",");
  }

  /** The way to the brokers, for the option `cluster` of a `Kafka`. */
  get connector(): Connector | undefined {
    return this.#host.connector;
  }

  /**
   * Looks at every request from now on, or at those of one API, which `api` names as Kafka does, and says what becomes
   * of each; an {@link Interception} in place of a function is what becomes of all. Those that came first are asked
   * first, until one of them says how the request ends. Answers a handle that ends it, and counts.
   *
   * Throws kind `config` for an API that is not served, and a scope that can never hold. An intercept that throws makes
   * the broker hang up, which it logs as an error.
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
   * Errors for the next requests about a partition, one after the other, by Kafka's names or codes; `NONE` lets one
   * through. The other partitions of a request are served as usual. A partition that fails is not written to, but for
   * the errors that Kafka has after the append: REQUEST_TIMED_OUT and NOT_ENOUGH_REPLICAS_AFTER_APPEND. What was queued
   * before comes first.
   *
   * Throws kind `config` for an API that does not answer partitions one by one, and for what is no error of Kafka's.
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
   * Errors for the next requests of an API, one after the other: for all partitions that a request is about, where each
   * has an error of its own, else for the whole request. See {@link failPartition}.
   *
   * Throws kind `config` for an API whose answer has no one place for an error: intercept it, and give an `answer`.
   */
  failRequests<A extends FailingApiName>(
    api: A,
    errors: readonly QueuedError[],
    scope?: RequestScope & Pick<ScopeOf<A>, "topic">,
  ): InterceptHandle {
    return this.#control.failRequests(api, errors, scope);
  }

  /** Ends all intercepts and error queues. */
  clearIntercepts(): void {
    this.#control.intercepts.clear();
  }

  /**
   * Records the requests that brokers get, with decoded requests and responses, until it is stopped. They are kept in
   * memory, their records too: `limit` says how many. Nothing is recorded, and no request costs more, before this is
   * called.
   *
   * Throws kind `config` for an API that is not served, and a scope that can never hold.
   */
  recordRequests<A extends ApiName = ApiName>(options?: RequestLogOptions<A>): RequestLog<A> {
    return this.#control.record(options);
  }

  /** Stops a broker: its connections break, it leaves every ISR, and others lead its partitions. It keeps its logs. */
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
   * Starts a broker again, on the port that it had. It catches up with the leaders; partitions without one it leads,
   * where it has all that was committed.
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

  /**
   * Makes another broker the coordinator of a group or of a transactional id, and of those that share its partition.
   */
  moveCoordinator(kind: CoordinatorKind, key: string, nodeId: number): void {
    oneOf("group", "transaction")(kind, "moveCoordinator: the kind");
    name(key, "moveCoordinator: the key");
    if (this.#node("moveCoordinator", nodeId).socket === undefined)
      throw new KafkaError("config", `broker ${nodeId} is stopped: it cannot coordinate ${key}`);
    this.#moved([this.#state.coordinators.move(kind, key, nodeId)]);
  }

  /** Finalises another level of `transaction.version`: clients learn of it when they next ask for versions. */
  setTransactionVersion(level: TransactionVersion): void {
    checkTransactionVersion(level, "setTransactionVersion: transactionVersion");
    this.#transactionVersion = level;
    this.#featuresEpoch++;
  }

  /**
   * Another broker joins, with the next node id, which is answered. It leads nothing yet: see {@link moveLeader}. Its
   * port is the one after the last that was given, else the host chooses.
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
   * A broker leaves for good. Before that its replicas move, with all that is in them, to brokers that have none; where
   * there is no such broker, there is one replica less.
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

  /** A broker is told of nothing any more: its metadata says what it says now, whoever leads by then. */
  freezeMetadata(nodeId: number): void {
    this.#node("freezeMetadata", nodeId);
    if (!this.#frozen.has(nodeId)) this.#frozen.set(nodeId, frozen(this.#state));
  }

  /** It is told of all that it missed. */
  thawMetadata(nodeId: number): void {
    this.#node("thawMetadata", nodeId);
    this.#frozen.delete(nodeId);
  }

  /**
   * Makes another broker the leader of a partition, with the next leader epoch. One without a replica takes over the
   * leader's.
   */
  moveLeader(topic: string, partition: number, nodeId: number): void {
    this.#node("moveLeader", nodeId);
    this.#leadership.move({ topic, log: this.#log("moveLeader", topic, partition) }, nodeId);
  }

  /**
   * Elects a replica that is up. One that is not in the ISR may lack what was committed: it is elected with `unclean`,
   * and then the log is cut off where its own ends, as after an unclean election.
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
   * A broker fetches nothing from its leaders any more: what is written from now on it lacks, and nothing is committed
   * without it until it falls out of the ISR, which takes `replicaLagTimeMaxMs`, or {@link shrinkIsr}. It serves
   * clients as before.
   */
  pauseReplication(nodeId: number): void {
    this.#node("pauseReplication", nodeId);
    this.#leadership.pause(nodeId);
  }

  /** It fetches again, cuts off what its leaders do not have, and is in sync at once. */
  resumeReplication(nodeId: number): void {
    this.#node("resumeReplication", nodeId);
    this.#leadership.resume(nodeId);
  }

  /** A broker whose replication is paused falls out of every ISR now, but for partitions that it leads. */
  shrinkIsr(nodeId: number): void {
    this.#node("shrinkIsr", nodeId);
    this.#leadership.shrinkIsr(nodeId);
  }

  /** Adds partitions to a topic, up to `partitions` in all; clients learn of them when they next ask for metadata. */
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
   * Makes a topic, as an admin client does. One of this name that was deleted before is another: its offsets begin
   * anew.
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

  /** Deletes a topic, with all that it has and what groups have committed for it. */
  deleteTopic(topic: string): void {
    const found = this.#topic("deleteTopic", topic);
    this.#topics.delete(found);
    this.#state.groups.deleteTopic(topic);
  }

  /**
   * Moves the start of a partition's log up to an offset, as retention does: what lies before it cannot be read any
   * more.
   */
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
   * The leader of a partition forgets its idempotent producers, as Kafka does with those that wrote nothing for
   * `producer.id.expiration.ms`, and as a leader does that lost its snapshot: it accepts any first sequence from them.
   * Producers with an open transaction are remembered.
   */
  forgetProducers(topic: string, partition: number): void {
    this.#log("forgetProducers", topic, partition).producers.states.expire();
  }

  /** What the cluster holds: for tests to look at. */
  snapshot(): ClusterSnapshot {
    return snapshotOf(this.#nodes.values(), this.#state);
  }

  /** Ends all brokers, and leaves no task, delay or socket behind. Harmless when repeated. */
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

  /** Throws kind `config` that names the call, for a broker that there is not. */
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
    // The index of a list may be text as well.
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

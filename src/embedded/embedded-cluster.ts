import { KafkaError } from "../errors/kafka-error.ts";
import type { AsyncRuntime, Clock } from "../runtime/async-runtime.ts";
import type { Connector, Listener, ListeningSocket } from "../runtime/byte-stream.ts";
import type { LogEntry } from "../runtime/platform.ts";
import type { Entropy } from "../runtime/entropy.ts";
import { TaskGroup } from "../runtime/task-group.ts";
import { turn } from "../runtime/sleep.ts";
import { uuidText } from "../wire/uuid.ts";
import { Broker } from "./broker.ts";
import type { BrokerInfo, ClusterState } from "./handler.ts";
import { handlers } from "./handlers/registry.ts";
import type { QueuedError } from "./intercepts/error-queue.ts";
import type { InterceptHandle } from "./intercepts/intercept-handle.ts";
import type { ApiIntercept, ApiName, FailingApiName, GivenInterception, Intercept } from "./intercepts/interception.ts";
import { RequestControl } from "./intercepts/request-control.ts";
import type { RequestLog, RequestLogOptions } from "./intercepts/request-log.ts";
import type { InterceptScope, RequestScope, ScopeOf } from "./intercepts/scope.ts";
import type { GivenIntercept } from "./intercepts/scoped-intercept.ts";
import type { PartitionApiName } from "./intercepts/topic-fields.ts";
import { type EmbeddedClusterOptions, type TransactionVersion, checkOptions, checkTransactionVersion } from "./options.ts";
import { type CoordinatorKind, Coordinators } from "./state/coordinators.ts";
import type { CommittedOffset } from "./state/groups/committed-offsets.ts";
import { Groups } from "./state/groups/groups.ts";
import type { PartitionLog } from "./state/partition-log.ts";
import { type Topic, Topics } from "./state/topics.ts";
import type { TopicPartition, TransactionStatus } from "./state/transactions/transaction.ts";
import { Transactions } from "./state/transactions/transactions.ts";
import { TransactionCoordinator } from "./transaction-coordinator.ts";

export type { EmbeddedClusterOptions, InitialTopic, TransactionVersion } from "./options.ts";
export type { CoordinatorKind } from "./state/coordinators.ts";
export type { CommittedOffset } from "./state/groups/committed-offsets.ts";
export type { TopicPartition, TransactionStatus } from "./state/transactions/transaction.ts";

/** What the cluster needs of a host. */
export interface EmbeddedClusterHost {
  readonly runtime: AsyncRuntime;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly listener: Listener;
  /** The way to the brokers, where it is not that of the platform: then a `Kafka` finds it here. */
  readonly connector?: Connector;
  /** Gets what brokers log: why they hung up. */
  log?(entry: LogEntry): void;
}

/** What a cluster holds at one moment. */
export interface ClusterSnapshot {
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number; readonly isUp: boolean; readonly connections: number }[];
  readonly topics: readonly TopicSnapshot[];
  readonly transactions: readonly TransactionSnapshot[];
  readonly groups: readonly GroupSnapshot[];
}

/** A transactional id, and what its coordinator knows. */
export interface TransactionSnapshot {
  readonly transactionalId: string;
  readonly coordinatorId: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly state: TransactionStatus;
  readonly partitions: readonly TopicPartition[];
}

/** A group, and what it has committed. */
export interface GroupSnapshot {
  readonly groupId: string;
  readonly coordinatorId: number;
  readonly offsets: readonly CommittedOffset[];
}

export interface TopicSnapshot {
  readonly topic: string;
  readonly topicId: string;
  /** The configs that were set. */
  readonly configs: Readonly<Record<string, string>>;
  readonly partitions: readonly PartitionSnapshot[];
}

export interface PartitionSnapshot {
  readonly partition: number;
  readonly leaderId: number;
  readonly leaderEpoch: number;
  readonly replicas: readonly number[];
  readonly logStartOffset: number;
  readonly highWatermark: number;
  /** What `read_committed` may read: below the first transaction that is still open. */
  readonly lastStableOffset: number;
  readonly batches: number;
  readonly sizeInBytes: number;
}

interface Node {
  readonly broker: Broker;
  info: BrokerInfo;
  socket: ListeningSocket | undefined;
}

const FIRST_PRODUCER_ID = 1000;

/** A Kafka cluster in the process: brokers and logs in memory, on any listener, for any Kafka client. */
export class EmbeddedCluster {
  readonly #host: EmbeddedClusterHost;
  readonly #tasks: TaskGroup;
  readonly #topics: Topics;
  readonly #state: ClusterState;
  readonly #nodes = new Map<number, Node>();
  readonly #handlers = handlers();
  readonly #control = new RequestControl([...this.#handlers.values()].map(({ api }) => api), () => [...this.#nodes.keys()]);
  readonly #creating = new Set<string>();
  #nextProducerId = FIRST_PRODUCER_ID;
  #transactionVersion: TransactionVersion;
  #featuresEpoch = 1;
  #closing: Promise<void> | undefined;

  private constructor(options: EmbeddedClusterOptions, host: EmbeddedClusterHost) {
    this.#host = host;
    this.#tasks = new TaskGroup(host.runtime);
    this.#topics = new Topics(host.entropy);
    this.#transactionVersion = options.transactionVersion ?? 2;
    const id = new Uint8Array(16);
    host.entropy.fill(id);
    const coordinators = new Coordinators(options.brokers ?? 1);
    const groups = new Groups();
    const transactions = new Transactions(() => this.#nextProducerId++);
    const { runtime, clock } = host;
    this.#state = {
      coordinators,
      groups,
      transactions,
      transactionCoordinator: new TransactionCoordinator({ runtime, clock, topics: this.#topics, tasks: this.#tasks, groups, coordinators, transactions, markerDelayMs: options.transactionMarkerDelayMs ?? 0, transactionVersion: () => this.#transactionVersion }),
      features: () => ({ transactionVersion: this.#transactionVersion, epoch: this.#featuresEpoch }),
      clusterId: uuidText(id, 0),
      runtime,
      clock,
      topics: this.#topics,
      numPartitions: options.numPartitions ?? 3,
      defaultReplicationFactor: Math.min(3, options.brokers ?? 1),
      autoCreateTopics: options.autoCreateTopics ?? true,
      brokers: () => [...this.#nodes.values()].filter((node) => node.socket !== undefined).map((node) => node.info),
      nextProducerId: () => this.#nextProducerId++,
      createSoon: (name) => this.#createSoon(name),
      createTopic: (name, partitions, replicationFactor, configs, replicas) => this.#create(name, partitions, replicationFactor, configs, replicas),
    };
  }

  /** Starts a cluster on a host. `odradek/embedded` knows the host's pieces by itself. */
  static async start(options: EmbeddedClusterOptions, host: EmbeddedClusterHost): Promise<EmbeddedCluster> {
    checkOptions(options);
    const cluster = new EmbeddedCluster(options, host);
    const served = { state: cluster.#state, handlers: cluster.#handlers, tasks: cluster.#tasks, intercepts: cluster.#control.intercepts, recorder: cluster.#control.recorder, log: (entry: LogEntry): void => host.log?.(entry) };
    try {
      for (let nodeId = 0; nodeId < (options.brokers ?? 1); nodeId++) {
        const info = { nodeId, host: options.host ?? "127.0.0.1", port: options.ports?.[nodeId] ?? 0, rack: null };
        cluster.#nodes.set(nodeId, { broker: new Broker(nodeId, served), info, socket: undefined });
        await cluster.startBroker(nodeId);
      }
    } catch (error) {
      await cluster.close(); // a port was taken: the brokers before it do not stay
      throw error;
    }
    for (const [name, topic] of Object.entries(options.topics ?? {})) {
      const { partitions, replicationFactor = cluster.#state.defaultReplicationFactor, configs = {} } = typeof topic === "number" ? { partitions: topic } : topic;
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
   * Looks at every request from now on, or at those of one API, which `api` names as Kafka does, and says what becomes of each;
   * an {@link Interception} in place of a function is what becomes of all. Those that came first are asked first, until one of
   * them says how the request ends. Answers a handle that ends it, and counts.
   *
   * Throws kind `config` for an API that is not served, and a scope that can never hold. An intercept that throws makes the
   * broker hang up, which it logs as an error.
   */
  intercept(intercept: Intercept, scope?: InterceptScope): InterceptHandle;
  intercept<A extends ApiName>(api: A, intercept: ApiIntercept<A> | GivenInterception<A>, scope?: ScopeOf<A>): InterceptHandle;
  intercept(first: string | Intercept, second?: GivenIntercept | InterceptScope, third?: InterceptScope): InterceptHandle {
    return typeof first === "string" ? this.#control.intercept(first, second, third) : this.#control.intercept(undefined, first, second as InterceptScope | undefined);
  }

  /**
   * Errors for the next requests about a partition, one after the other, by Kafka's names or codes; `NONE` lets one through. The
   * other partitions of a request are served as usual. A partition that fails is not written to, but for the errors that Kafka
   * has after the append: REQUEST_TIMED_OUT and NOT_ENOUGH_REPLICAS_AFTER_APPEND. What was queued before comes first.
   *
   * Throws kind `config` for an API that does not answer partitions one by one, and for what is no error of Kafka's.
   */
  failPartition(api: PartitionApiName, topic: string, partition: number, errors: readonly QueuedError[], scope?: Omit<RequestScope, "topic">): InterceptHandle {
    return this.#control.failPartition(api, topic, partition, errors, scope);
  }

  /**
   * Errors for the next requests of an API, one after the other: for all partitions that a request is about, where each has an
   * error of its own, else for the whole request. See {@link failPartition}.
   *
   * Throws kind `config` for an API whose answer has no one place for an error: intercept it, and give an `answer`.
   */
  failRequests<A extends FailingApiName>(api: A, errors: readonly QueuedError[], scope?: RequestScope & Pick<ScopeOf<A>, "topic">): InterceptHandle {
    return this.#control.failRequests(api, errors, scope);
  }

  /** Ends all intercepts and error queues. */
  clearIntercepts(): void {
    this.#control.intercepts.clear();
  }

  /**
   * Records the requests that brokers get, with decoded requests and responses, until it is stopped. They are kept in memory,
   * their records too: `limit` says how many. Nothing is recorded, and no request costs more, before this is called.
   *
   * Throws kind `config` for an API that is not served, and a scope that can never hold.
   */
  recordRequests<A extends ApiName = ApiName>(options?: RequestLogOptions<A>): RequestLog<A> {
    return this.#control.record(options);
  }

  /** Stops a broker: its connections break, and others lead its partitions. Its logs stay, as if replicated. */
  async stopBroker(nodeId: number): Promise<void> {
    const node = this.#node(nodeId);
    const { socket } = node;
    node.socket = undefined;
    const closing = socket?.close();
    node.broker.stop();
    const up = this.#state.brokers().map((broker) => broker.nodeId);
    for (const topic of this.#topics.all) {
      for (const log of topic.partitions) if (log.leaderId === nodeId) log.moveTo(log.replicas.find((id) => up.includes(id)) ?? -1);
    }
    const { coordinators, transactionCoordinator } = this.#state;
    transactionCoordinator.moved(coordinators.stopped(nodeId, up));
    await closing;
  }

  /** Starts a broker again, on the port that it had. Partitions without a leader that it has a replica of are led by it. */
  async startBroker(nodeId: number): Promise<void> {
    const node = this.#node(nodeId);
    if (node.socket !== undefined) return;
    if (this.#closing !== undefined) throw new KafkaError("closed", `broker ${nodeId} cannot start: the cluster is closed`);
    const { host, port } = node.info;
    const socket = await this.#host.listener.listen({ host, port }, (stream) => node.broker.accept(stream));
    node.broker.start();
    node.socket = socket;
    node.info = { ...node.info, port: socket.port };
    for (const topic of this.#topics.all) for (const log of topic.partitions) if (log.leaderId < 0 && log.replicas.includes(nodeId)) log.moveTo(nodeId);
    const { coordinators, transactionCoordinator } = this.#state;
    transactionCoordinator.moved(coordinators.started(nodeId));
  }

  /** Makes another broker the coordinator of a group or of a transactional id, and of those that share its partition. */
  moveCoordinator(kind: CoordinatorKind, key: string, nodeId: number): void {
    if (this.#node(nodeId).socket === undefined) throw new KafkaError("config", `broker ${nodeId} is stopped: it cannot coordinate ${key}`);
    const { coordinators, transactionCoordinator } = this.#state;
    transactionCoordinator.moved([coordinators.move(kind, key, nodeId)]);
  }

  /** Finalises another level of `transaction.version`: clients learn of it when they next ask for versions. */
  setTransactionVersion(level: TransactionVersion): void {
    checkTransactionVersion(level);
    this.#transactionVersion = level;
    this.#featuresEpoch++;
  }

  /** Makes another broker the leader of a partition, with the next leader epoch. */
  moveLeader(topic: string, partition: number, nodeId: number): void {
    const log = this.#log(topic, partition);
    if (this.#node(nodeId).socket === undefined) throw new KafkaError("config", `broker ${nodeId} is stopped: it cannot lead ${topic}-${partition}`, { topic, partition });
    log.moveTo(nodeId);
  }

  /** Adds partitions to a topic, up to `partitions` in all; clients learn of them when they next ask for metadata. */
  growTopic(topic: string, partitions: number): void {
    const found = this.#topics.byName(topic);
    if (found === undefined) throw new KafkaError("config", `there is no topic ${topic}`, { topic });
    if (!Number.isInteger(partitions) || partitions <= found.partitions.length) throw new KafkaError("config", `topic ${topic} has ${found.partitions.length} partitions: it can only get more, not ${partitions}`, { topic });
    this.#topics.grow(found, partitions, found.partitions[0]?.replicas.length ?? 1, this.#state.brokers().map((broker) => broker.nodeId));
  }

  /** Moves the start of a partition's log up to an offset, as retention does: what lies before it cannot be read any more. */
  deleteRecords(topic: string, partition: number, beforeOffset: number): void {
    const log = this.#log(topic, partition);
    if (!Number.isInteger(beforeOffset) || beforeOffset < 0 || beforeOffset > log.highWatermark) throw new KafkaError("config", `${topic}-${partition} holds the offsets ${log.logStartOffset} to ${log.highWatermark}: records before ${beforeOffset} cannot be deleted`, { topic, partition });
    log.deleteBefore(beforeOffset);
  }

  /** What the cluster holds: for tests to look at. */
  snapshot(): ClusterSnapshot {
    const { transactions, groups, coordinators } = this.#state;
    return {
      brokers: [...this.#nodes.values()].map(({ info: { nodeId, host, port }, socket, broker }) => ({ nodeId, host, port, isUp: socket !== undefined, connections: broker.connectionCount })),
      topics: [...this.#topics.all].map(({ name, topicId, configs, partitions }) => ({
        topic: name,
        topicId,
        configs: Object.fromEntries(configs),
        partitions: partitions.map(({ partition, leaderId, leaderEpoch, replicas, logStartOffset, highWatermark, lastStableOffset, batchCount, sizeInBytes }) => ({ partition, leaderId, leaderEpoch, replicas, logStartOffset, highWatermark, lastStableOffset, batches: batchCount, sizeInBytes })),
      })),
      transactions: [...transactions.all].map(({ transactionalId, producerId, epoch, status, partitions }) => ({ transactionalId, coordinatorId: coordinators.of("transaction", transactionalId), producerId, producerEpoch: epoch, state: status, partitions: [...partitions.values()] })),
      groups: [...groups.all].map(({ groupId, offsets }) => ({ groupId, coordinatorId: coordinators.of("group", groupId), offsets: offsets.all })),
    };
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
    await this.#tasks.close();
    await Promise.all(sockets);
  }

  #node(nodeId: number): Node {
    const node = this.#nodes.get(nodeId);
    if (node === undefined) throw new KafkaError("config", `there is no broker ${nodeId}; there are ${[...this.#nodes.keys()].join(", ")}`);
    return node;
  }

  #log(topic: string, partition: number): PartitionLog {
    const log = this.#topics.byName(topic)?.partitions[partition];
    if (log === undefined) throw new KafkaError("config", `there is no partition ${topic}-${partition}`, { topic, partition });
    return log;
  }

  #create(name: string, partitions: number, replicationFactor: number, configs: ReadonlyMap<string, string>, replicas?: readonly (readonly number[])[]): Topic {
    return this.#topics.create(name, partitions, replicationFactor, this.#state.brokers().map((broker) => broker.nodeId), configs, replicas);
  }

  #createSoon(name: string): void {
    if (this.#creating.has(name)) return;
    this.#creating.add(name);
    this.#tasks.spawn(async () => {
      await turn(this.#host.runtime);
      this.#creating.delete(name);
      if (this.#topics.byName(name) === undefined) this.#create(name, this.#state.numPartitions, this.#state.defaultReplicationFactor, new Map());
    });
  }
}

import { KafkaError } from "../errors/kafka-error.ts";
import { name, oneOf, shape, wholeFrom } from "../errors/shape.ts";
import type { Listener, ListenTls } from "../runtime/byte-stream.ts";
import { Broker } from "./broker.ts";
import type { BrokerNodes } from "./broker-nodes.ts";
import { coordinatorsMoved } from "./coordinator-moves.ts";
import type { LeadershipControl } from "./leadership-control.ts";
import { loopbackOf } from "./options.ts";
import type { BrokerHost } from "./serve-request.ts";
import type { BrokerStates } from "./state/broker-states.ts";
import type { CoordinatorKind, Moved } from "./state/coordinators.ts";
import { frozen, type MetadataView } from "./state/metadata-view.ts";

/** The parts of the cluster that start and stop brokers. */
export interface BrokerControlHost {
  readonly listener: Listener;
  /** The address on which brokers listen. */
  readonly address: string;
  /** The address that clients get, and the first broker's port there; undefined for where brokers listen. */
  readonly advertised: { readonly host: string; readonly port?: number } | undefined;
  /** The node id of the broker that is added first; the next ones have the next ids. */
  readonly firstNodeId: number;
  /** How their connections are encrypted; undefined if they are not. */
  readonly tls: ListenTls | undefined;
  readonly nodes: BrokerNodes;
  readonly brokers: BrokerStates;
  readonly leadership: LeadershipControl;
  readonly served: BrokerHost;
}

const BROKER_OPTIONS = shape({ port: wholeFrom(0, 65_535), rack: name });

/** Starts, stops, adds and removes brokers, moves coordinators, and freezes the metadata of brokers. */
export class BrokerControl {
  readonly #host: BrokerControlHost;
  readonly #frozen = new Map<number, MetadataView>();
  #nextNodeId: number;
  #nextPort = 0;
  #isClosed = false;

  constructor(host: BrokerControlHost) {
    this.#host = host;
    this.#nextNodeId = host.firstNodeId;
  }

  async stop(nodeId: number): Promise<void> {
    const { nodes, served } = this.#host;
    const node = nodes.of("stopBroker", nodeId);
    const { socket } = node;
    node.socket = undefined;
    const closing = socket?.close();
    node.broker.stop();
    served.state.quorum.stopped(nodeId, served.state.clock.now());
    this.#fence(nodeId);
    await closing;
  }

  /** A broker leaves the metadata, also if it is up. Returns false if the controller does not know it. */
  unregister(nodeId: number): boolean {
    const node = this.#host.nodes.findRegistered(nodeId);
    if (node === undefined) return false;
    node.isRegistered = false;
    this.#fence(nodeId);
    return true;
  }

  async start(nodeId: number): Promise<void> {
    const { nodes, brokers, leadership, listener, served, tls } = this.#host;
    const node = nodes.of("startBroker", nodeId);
    if (node.socket !== undefined) return;
    if (this.#isClosed) throw new KafkaError("closed", `broker ${nodeId} cannot start: the cluster is closed`);
    const address = { ...node.listens, ...(tls === undefined ? {} : { tls }) };
    const socket = await listener.listen(address, (stream) => node.broker.accept(stream));
    node.broker.start();
    node.socket = socket;
    node.isRegistered = true;
    served.state.quorum.started(nodeId);
    node.listens = { ...node.listens, port: socket.port };
    const { host, port } = this.#advertised(node.info.nodeId, node.listens);
    node.info = { ...node.info, host, port };
    brokers.setUp(nodeId, true);
    leadership.update();
    this.#moved(served.state.coordinators.started(nodeId));
  }

  /** Adds a broker with the next node id, and returns that id. */
  async add(options: { readonly port?: number; readonly rack?: string }): Promise<number> {
    BROKER_OPTIONS(options, "addBroker");
    const { address: host, nodes, served } = this.#host;
    const nodeId = this.#nextNodeId++;
    const listens = { host, port: options.port ?? this.#nextPort };
    const info = { nodeId, ...listens, rack: options.rack ?? null };
    nodes.add({ broker: new Broker(nodeId, served), listens, info, isRegistered: true, socket: undefined });
    try {
      await this.start(nodeId);
    } catch (error) {
      nodes.delete(nodeId);
      throw KafkaError.from(error);
    }
    if (this.#nextPort > 0 || (options.port ?? 0) > 0) this.#nextPort = listens.port + 1;
    return nodeId;
  }

  /** The address that clients get: never one that stands for all interfaces. */
  #advertised(nodeId: number, listens: { readonly host: string; readonly port: number }): typeof listens {
    const { advertised, firstNodeId } = this.#host;
    const { host = loopbackOf(listens.host) ?? listens.host, port } = advertised ?? {};
    return { host, port: port === undefined ? listens.port : port + nodeId - firstNodeId };
  }

  /** Moves the replicas of a broker to others, then removes it. */
  async remove(nodeId: number): Promise<void> {
    const { nodes, brokers, leadership, served } = this.#host;
    nodes.of("removeBroker", nodeId);
    const others = nodes.up.filter((broker) => broker.nodeId !== nodeId);
    if (others.length === 0)
      throw new KafkaError(
        "config",
        `removeBroker: broker ${nodeId} is the only broker that is up, so it cannot be removed`,
      );
    leadership.moveReplicas(
      nodeId,
      others.map((broker) => broker.nodeId),
    );
    await this.stop(nodeId);
    nodes.delete(nodeId);
    served.state.quorum.removed(nodeId);
    this.#frozen.delete(nodeId);
    brokers.resume(nodeId);
  }

  moveCoordinator(kind: CoordinatorKind, key: string, nodeId: number): void {
    oneOf("group", "transaction")(kind, "moveCoordinator: the kind");
    name(key, "moveCoordinator: the key");
    const { nodes, served, leadership } = this.#host;
    const { socket, isRegistered } = nodes.of("moveCoordinator", nodeId);
    if (socket === undefined || !isRegistered)
      throw new KafkaError(
        "config",
        `broker ${nodeId} is ${socket === undefined ? "stopped" : "unregistered"}: it cannot coordinate ${key}`,
      );
    const named = served.state.internalTopics.logOf(kind, key);
    // The coordinator follows the leader of its partition.
    if (named !== undefined && named.log.leaderId !== nodeId) leadership.move(named, nodeId);
    else this.#moved([served.state.coordinators.move(kind, key, nodeId)]);
  }

  freezeMetadata(nodeId: number): void {
    const { nodes, served } = this.#host;
    nodes.of("freezeMetadata", nodeId);
    if (!this.#frozen.has(nodeId)) this.#frozen.set(nodeId, frozen(served.state));
  }

  thawMetadata(nodeId: number): void {
    this.#host.nodes.of("thawMetadata", nodeId);
    this.#frozen.delete(nodeId);
  }

  /** A broker's view of the cluster: the current state, unless its metadata is frozen. */
  metadataOf(nodeId: number): MetadataView {
    return this.#frozen.get(nodeId) ?? this.#host.served.state;
  }

  /** Stops all brokers at once, and starts none from now on. Resolves when their sockets are closed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const sockets = Array.from(this.#host.nodes.all, async (node) => {
      const { socket } = node;
      node.socket = undefined;
      const closing = socket?.close();
      node.broker.stop();
      await closing;
    });
    await Promise.all(sockets);
  }

  /** The controller counts a broker as down: others lead its partitions and coordinate its keys. */
  #fence(nodeId: number): void {
    const { nodes, brokers, leadership, served } = this.#host;
    brokers.setUp(nodeId, false);
    leadership.update();
    const up = nodes.up.map((broker) => broker.nodeId);
    this.#moved(served.state.coordinators.stopped(nodeId, up));
  }

  #moved(all: readonly Moved[]): void {
    const { state, tasks } = this.#host.served;
    coordinatorsMoved(state, tasks, all);
    state.internalTopics.follow();
  }
}

import type { ApiName, Interception } from "../embedded/intercepts/interception.ts";
import type { Fault, FaultPlan } from "./fault-plan.ts";
import type { NetworkConnection } from "./network-connection.ts";
import type { SimulatedNode } from "./simulated-node.ts";
import type { World } from "./world.ts";

const NOT_ENOUGH_REPLICAS = 19;
/** What faults at brokers may strike: all that matters to a record. */
const APIS: readonly ApiName[] = ["Produce", "Fetch", "Metadata", "ListOffsets", "InitProducerId"];

/** Carries out a plan: each fault at its time, and ends it at its end. */
export class FaultInjector {
  /** Settles when the last fault has ended. */
  readonly healed: Promise<void>;
  readonly #world: World;

  constructor(world: World, plan: FaultPlan) {
    this.#world = world;
    this.healed = Promise.all(plan.faults.map((fault) => this.#inject(fault))).then(() => undefined);
  }

  async #inject(fault: Fault): Promise<void> {
    const world = this.#world;
    const at = (ms: number): Promise<void> => new Promise((resolve) => world.scheduler.schedule(Math.max(0, ms * 1000 - world.scheduler.nowUs), resolve));
    await at(fault.atMs);
    const nodes = world.nodes;
    const node = nodes[fault.node % Math.max(1, nodes.length)];
    if (node === undefined) return;
    const brokers = world.cluster.snapshot().brokers;
    const nodeId = brokers[fault.broker % brokers.length]?.nodeId ?? 0;
    world.note(`${fault.kind} ${node.name} broker-${nodeId} amount ${fault.amount} for ${fault.durationMs} ms`);
    world.record({ type: "fault", atMs: world.nowMs, node: node.name, broker: `broker-${nodeId}`, kind: fault.kind, amount: fault.amount, durationMs: fault.durationMs });
    const end = (await this.#begin(fault, node, nodeId)) ?? ((): undefined => undefined);
    await at(fault.atMs + fault.durationMs);
    await end();
    world.note(`end of ${fault.kind} ${node.name} broker-${nodeId}`);
  }

  /** Begins a fault; answers how to end it, where it lasts. */
  #begin(fault: Fault, node: SimulatedNode, nodeId: number): (() => void | Promise<void>) | undefined | Promise<(() => Promise<void>) | undefined> {
    const { network } = this.#world;
    const broker = `broker-${nodeId}`;
    switch (fault.kind) {
      case "partition":
        return network.partition(node.name, broker);
      case "one-way-partition": {
        const [from, to] = fault.amount % 2 === fault.node % 2 ? [node.name, broker] : [broker, node.name];
        network.clog(from, to);
        return () => network.unclog(from, to);
      }
      case "refuse":
        return network.refuse(broker);
      case "slow-link":
        return this.#link(node.name, broker, { latencyUs: [fault.amount * 100, fault.amount * 1000] });
      case "narrow-link":
        return this.#link(node.name, broker, { bytesPerMs: fault.amount });
      case "one-byte-segments":
        return this.#link(node.name, broker, { segmentBytes: 1 });
      case "reset":
      case "cut":
      case "half-open":
      case "ghost":
        for (const connection of network.connections) if (connection.joins(node.name, broker)) breakConnection(fault, connection);
        return undefined;
      case "clock-jump":
        node.jumpClock(fault.amount);
        return undefined;
      case "stall":
        node.stall(fault.durationMs);
        return undefined;
      case "crash":
        node.crash();
        this.#world.record({ type: "crash", atMs: this.#world.nowMs, node: node.name });
        return () => node.restart();
      case "broker-down":
        return this.#brokerDown(nodeId);
      case "leader-move":
        this.#moveLeaders(fault, nodeId);
        return undefined;
      case "lost-reply":
      case "lost-request":
      case "hang":
      case "slow-broker":
      case "produce-error":
        return this.#atBroker(fault, nodeId);
    }
  }

  #link(a: string, b: string, conditions: Parameters<World["network"]["setLink"]>[2]): () => void {
    this.#world.network.setLink(a, b, conditions);
    return () => this.#world.network.setLink(a, b, undefined);
  }

  async #brokerDown(nodeId: number): Promise<(() => Promise<void>) | undefined> {
    const { cluster } = this.#world;
    const up = cluster.snapshot().brokers.filter(({ isUp }) => isUp);
    if (!up.some((broker) => broker.nodeId === nodeId)) return undefined; // another fault has it down
    await cluster.stopBroker(nodeId);
    return () => cluster.startBroker(nodeId);
  }

  #moveLeaders(fault: Fault, nodeId: number): void {
    const { cluster } = this.#world;
    const { brokers, topics } = cluster.snapshot();
    if (brokers.find((broker) => broker.nodeId === nodeId)?.isUp !== true) return;
    for (const { topic, partitions } of topics) {
      for (const { partition, replicas } of partitions) if ((partition + fault.node) % 2 === 0 && replicas.includes(nodeId)) cluster.moveLeader(topic, partition, nodeId);
    }
  }

  /** Strikes the next requests of one API at one broker, `amount` of them at the most; slow ones as long as it lasts. */
  #atBroker(fault: Fault, nodeId: number): () => void {
    let left = fault.kind === "slow-broker" ? Infinity : fault.amount;
    if (fault.kind === "produce-error") {
      return this.#world.cluster.intercept("Produce", ({ nodeId: at, message }) => {
        if (at !== nodeId || left-- <= 0) return undefined;
        return { answer: { responses: message.topicData.map(({ topicId, name, partitionData }) => ({ topicId, name, partitionResponses: partitionData.map(({ index }) => ({ index, errorCode: NOT_ENOUGH_REPLICAS, baseOffset: -1 })) })) } };
      });
    }
    // Half of them strike what is sent most and matters most.
    const api = fault.node % 2 === 0 ? "Produce" : APIS[fault.node % APIS.length];
    return this.#world.cluster.intercept((request): Interception => {
      if (request.nodeId !== nodeId || request.apiName !== api || left-- <= 0) return undefined;
      if (fault.kind === "slow-broker") return { delayMs: fault.amount };
      return fault.kind === "lost-reply" ? "disconnect-after" : fault.kind === "lost-request" ? "disconnect" : "hang";
    });
  }
}

function breakConnection(fault: Fault, connection: NetworkConnection): void {
  if (fault.kind === "reset") connection.reset();
  else if (fault.kind === "half-open") connection.halfOpen();
  else if (fault.kind === "ghost") connection.ghost(fault.amount);
  else connection.cutAfter(fault.node % 2 === 0 ? "client" : "server", fault.amount);
}

import type { QueuedError } from "../embedded/intercepts/error-queue.ts";
import type { PartitionApiName } from "../embedded/intercepts/topic-fields.ts";
import type { Fault, FaultPlan } from "./fault-plan.ts";
import type { FaultWorld } from "./fault-world.ts";
import { beginReplicationFault, isThere, takeLeaders } from "./replication-faults.ts";
import type { NetworkConnection } from "./network-connection.ts";
import type { SimulatedNode } from "./simulated-node.ts";

/** What faults at brokers may strike: all that matters to a record. */
const APIS = ["Produce", "Fetch", "Metadata", "ListOffsets", "InitProducerId"] as const;
/** What a leader says of one of its partitions, and a client must live with. */
const PARTITION_ERRORS: readonly (readonly [PartitionApiName, QueuedError])[] = [
  ["Produce", "NOT_LEADER_OR_FOLLOWER"],
  ["Produce", "REQUEST_TIMED_OUT"],
  ["Produce", "NOT_ENOUGH_REPLICAS_AFTER_APPEND"],
  ["Produce", "UNKNOWN_TOPIC_OR_PARTITION"],
  ["Fetch", "NOT_LEADER_OR_FOLLOWER"],
  ["Fetch", "UNKNOWN_LEADER_EPOCH"],
  ["Fetch", "UNKNOWN_TOPIC_OR_PARTITION"],
  ["ListOffsets", "LEADER_NOT_AVAILABLE"],
  ["Metadata", "LEADER_NOT_AVAILABLE"],
];

/** Carries out a plan: each fault at its time, and ends it at its end. */
export class FaultInjector {
  /** Settles when the last fault has ended. */
  readonly healed: Promise<void>;
  readonly #world: FaultWorld;

  constructor(world: FaultWorld, plan: FaultPlan) {
    this.#world = world;
    this.healed = Promise.all(plan.faults.map((fault) => this.#inject(fault))).then(() => undefined);
  }

  async #inject(fault: Fault): Promise<void> {
    const world = this.#world;
    const at = (ms: number): Promise<void> =>
      new Promise((resolve) => world.scheduler.schedule(Math.max(0, ms * 1000 - world.scheduler.nowUs), resolve));
    await at(fault.atMs);
    const nodes = world.nodes;
    const node = nodes[fault.node % Math.max(1, nodes.length)];
    if (node === undefined) return;
    const brokers = world.cluster.snapshot().brokers;
    const nodeId = brokers[fault.broker % brokers.length]?.nodeId ?? 0;
    world.note(`${fault.kind} ${node.name} broker-${nodeId} amount ${fault.amount} for ${fault.durationMs} ms`);
    world.record({
      type: "fault",
      atMs: world.nowMs,
      node: node.name,
      broker: `broker-${nodeId}`,
      kind: fault.kind,
      amount: fault.amount,
      durationMs: fault.durationMs,
    });
    const end = (await this.#begin(fault, node, nodeId)) ?? ((): undefined => undefined);
    await at(fault.atMs + fault.durationMs);
    await end();
    world.note(`end of ${fault.kind} ${node.name} broker-${nodeId}`);
  }

  /** Begins a fault; answers how to end it, where it lasts. */
  #begin(
    fault: Fault,
    node: SimulatedNode,
    nodeId: number,
  ): (() => void | Promise<void>) | undefined | Promise<(() => void | Promise<void>) | undefined> {
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
        for (const connection of network.connections)
          if (connection.joins(node.name, broker)) breakConnection(fault, connection);
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
        takeLeaders(this.#world.cluster, nodeId, fault.node);
        return undefined;
      case "lagging-follower":
      case "unclean-election":
      case "stale-metadata":
      case "broker-join":
        return beginReplicationFault(this.#world, fault.kind, fault, nodeId);
      case "lost-reply":
      case "lost-request":
      case "hang":
      case "slow-broker":
      case "produce-error":
      case "broker-ghost":
        return this.#atBroker(fault, nodeId);
      case "partition-error":
        return this.#partitionErrors(fault);
    }
  }

  #link(a: string, b: string, conditions: Parameters<FaultWorld["network"]["setLink"]>[2]): () => void {
    this.#world.network.setLink(a, b, conditions);
    return () => this.#world.network.setLink(a, b, undefined);
  }

  async #brokerDown(nodeId: number): Promise<(() => Promise<void>) | undefined> {
    const { cluster } = this.#world;
    const up = cluster.snapshot().brokers.filter(({ isUp }) => isUp);
    if (!up.some((broker) => broker.nodeId === nodeId)) return undefined; // another fault has it down
    await cluster.stopBroker(nodeId);
    return async () => {
      if (isThere(cluster, nodeId)) await cluster.startBroker(nodeId);
    };
  }

  /**
   * Strikes the next requests of one API at one broker, `amount` of them at the most; slow ones as long as it lasts.
   */
  #atBroker({ kind, amount, node }: Fault, broker: number): () => void {
    const { cluster } = this.#world;
    // Half of them strike what is sent most and matters most.
    const api = node % 2 === 0 ? "Produce" : (APIS[node % APIS.length] ?? "Produce");
    if (kind === "produce-error")
      return cluster.failRequests("Produce", Array<QueuedError>(amount).fill("NOT_ENOUGH_REPLICAS"), { broker });
    if (kind === "slow-broker") return cluster.intercept(api, { delayMs: amount }, { broker });
    if (kind === "broker-ghost")
      return cluster.intercept(api, { applyLaterMs: amount }, { broker, times: 1 + (node % 3) });
    return cluster.intercept(
      api,
      kind === "lost-reply" ? "disconnect-after" : kind === "lost-request" ? "disconnect" : "hang",
      { broker, times: amount },
    );
  }

  /** An error for one partition, in the next requests of one API that are about it. */
  #partitionErrors({ node, broker, amount }: Fault): (() => void) | undefined {
    const all = this.#world.cluster
      .snapshot()
      .topics.flatMap(({ topic, partitions }) => partitions.map(({ partition }) => ({ topic, partition })));
    const struck = all[broker % Math.max(1, all.length)];
    const error = PARTITION_ERRORS[node % PARTITION_ERRORS.length];
    if (struck === undefined || error === undefined) return undefined;
    return this.#world.cluster.failPartition(
      error[0],
      struck.topic,
      struck.partition,
      Array<QueuedError>(amount).fill(error[1]),
    );
  }
}

function breakConnection(fault: Fault, connection: NetworkConnection): void {
  if (fault.kind === "reset") connection.reset();
  else if (fault.kind === "half-open") connection.halfOpen();
  else if (fault.kind === "ghost") connection.ghost(fault.amount);
  else connection.cutAfter(fault.node % 2 === 0 ? "client" : "server", fault.amount);
}

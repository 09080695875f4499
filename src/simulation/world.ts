import { EmbeddedCluster, type EmbeddedClusterOptions } from "../embedded/embedded-cluster.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import type { Drain } from "../runtime/drain.ts";
import { sleep } from "../runtime/sleep.ts";
import { FaultInjector } from "./fault-injector.ts";
import type { FaultPlan } from "./fault-plan.ts";
import type { HistoryEvent } from "./history.ts";
import type { LinkConditions } from "./network-link.ts";
import { Random } from "./random.ts";
import { produceLog, requestLog } from "./request-log.ts";
import { Scheduler } from "./scheduler.ts";
import { SimulatedNetwork } from "./simulated-network.ts";
import { SimulatedNode } from "./simulated-node.ts";
import { SimulatedRuntime } from "./simulated-runtime.ts";

export interface SimulationOptions extends Pick<EmbeddedClusterOptions, "brokers" | "topics" | "autoCreateTopics" | "numPartitions"> {
  /** A whole number; everything that happens follows from it. */
  readonly seed: number;
  /** What goes wrong, and when. Default: nothing. {@link drawFaultPlan} makes one from the seed. */
  readonly faults?: FaultPlan;
  /** How the links of the network are. Default: a local network. */
  readonly link?: Partial<LinkConditions>;
  /** How many events may happen before the run is given up as endless. Default 50 million. */
  readonly maxEvents?: number;
}

/** What a run was. */
export interface SimulationRun<T> {
  readonly value: T;
  /** Of all events and all bytes, 64 bits: equal for equal seeds, options and code, on every engine. */
  readonly traceHash: string;
  readonly events: number;
  readonly virtualMs: number;
  readonly history: readonly HistoryEvent[];
}

/** What happens inside of one simulation. */
export class World {
  readonly seed: number;
  readonly scheduler: Scheduler;
  readonly network: SimulatedNetwork;
  readonly cluster: EmbeddedCluster;
  /** The runtime of the world itself, which never stalls or crashes: brokers are on it, and the body of the simulation. */
  readonly runtime: SimulatedRuntime;
  /** All that was recorded, in order. */
  readonly history: HistoryEvent[];
  readonly #drain: Drain;
  readonly #nodes = new Map<string, SimulatedNode>();
  readonly #faults: FaultInjector;

  constructor(parts: Pick<World, "seed" | "scheduler" | "network" | "cluster" | "runtime" | "history"> & { readonly drain: Drain; readonly faults: FaultPlan }) {
    this.seed = parts.seed;
    this.scheduler = parts.scheduler;
    this.network = parts.network;
    this.cluster = parts.cluster;
    this.runtime = parts.runtime;
    this.history = parts.history;
    this.#drain = parts.drain;
    this.#faults = new FaultInjector(this, parts.faults);
  }

  /** Milliseconds of virtual time since the beginning. */
  get nowMs(): number {
    return this.scheduler.nowUs / 1000;
  }

  get nodes(): readonly SimulatedNode[] {
    return [...this.#nodes.values()];
  }

  /** The node of this name; it is made when it is first asked for. */
  node(name: string): SimulatedNode {
    let node = this.#nodes.get(name);
    if (node === undefined) {
      const { scheduler, seed, network } = this;
      node = new SimulatedNode(name, { scheduler, seed, network, bootstrapServers: () => this.cluster.bootstrapServers, drain: this.#drain });
      this.#nodes.set(name, node);
    }
    return node;
  }

  sleep(durationMs: number): Promise<void> {
    return sleep({ runtime: this.runtime, clock: this.runtime.clock }, durationMs);
  }

  /** Settles as `work` does; rejects with kind `timeout` when that takes more than `durationMs` of virtual time. */
  within<T>(durationMs: number, what: string, work: PromiseLike<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const event = this.scheduler.schedule(durationMs * 1000, () => reject(new KafkaError("timeout", `${what} did not end within ${durationMs} ms of virtual time`)));
      work.then(
        (value) => {
          this.scheduler.cancel(event);
          resolve(value);
        },
        (error: unknown) => {
          this.scheduler.cancel(event);
          reject(KafkaError.from(error));
        },
      );
    });
  }

  /** Adds to the history. The trace hash does not depend on it: it is of what happened, byte by byte, not of what was noticed. */
  record(event: HistoryEvent): void {
    this.history.push(event);
  }

  note(text: string, node = "world"): void {
    this.record({ type: "note", atMs: this.nowMs, node, text });
  }

  /** Settles when the last fault of the plan has ended: the network is whole, brokers and nodes are up. */
  healed(): Promise<void> {
    return this.#faults.healed;
  }

  /** Records what each node has left, and what failed unseen. For the end, when all clients are closed. */
  recordLeaks(): void {
    for (const node of this.nodes) {
      const at = { atMs: this.nowMs, node: node.name };
      const connections = this.network.connections.filter(({ client }) => client === node.name).length;
      if (node.isUp) this.record({ type: "leak", ...at, tasks: node.runtime.tasks, delays: node.runtime.delays, connections });
      for (const message of [...node.runtime.misuses, ...node.runtime.failures.map((error) => error.message), ...node.failures.map((error) => error.message)]) this.record({ type: "failure", ...at, message });
    }
  }
}

const FIRST_PORT = 9092;

/** The name of a broker in the network. */
export function brokerName(nodeId: number): string {
  return `broker-${nodeId}`;
}

/** Runs `body` in a world of its own, in virtual time. Rejects as `body` does, and when nothing is left that could end it. */
export async function simulate<T>(options: SimulationOptions & { readonly drain: Drain }, body: (world: World) => PromiseLike<T>): Promise<SimulationRun<T>> {
  const { seed, drain, faults = { faults: [] }, link = {}, maxEvents, brokers = 3, ...rest } = options;
  const { topics, autoCreateTopics, numPartitions } = rest;
  const scheduler = new Scheduler({ seed, drain, ...(maxEvents === undefined ? {} : { maxEvents }) });
  const network = new SimulatedNetwork(scheduler, seed, link);
  const runtime = new SimulatedRuntime(scheduler);
  const history: HistoryEvent[] = [];
  const nowMs = (): number => scheduler.nowUs / 1000;
  const record = (event: HistoryEvent): void => {
    history.push(event);
  };
  network.observe(requestLog(nowMs, record));
  const value = await scheduler.run(async () => {
    const ports = Array.from({ length: brokers }, (_, i) => FIRST_PORT + i);
    const clusterOptions = { brokers, ports, ...(topics === undefined ? {} : { topics }), ...(autoCreateTopics === undefined ? {} : { autoCreateTopics }), ...(numPartitions === undefined ? {} : { numPartitions }) };
    const listener = network.listener(({ port }) => brokerName(port - FIRST_PORT));
    const cluster = await EmbeddedCluster.start(clusterOptions, { runtime, clock: runtime.clock, entropy: Random.keyed(seed, "cluster"), listener, connector: network.connector("world") });
    produceLog(cluster, nowMs, record);
    try {
      return await body(new World({ seed, scheduler, network, cluster, runtime, history, drain, faults }));
    } finally {
      await cluster.close();
    }
  });
  return { value, traceHash: scheduler.traceHash, events: scheduler.events, virtualMs: nowMs(), history };
}

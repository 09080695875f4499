import { EmbeddedCluster, type EmbeddedClusterOptions } from "../embedded/embedded-cluster.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import type { Drain } from "../runtime/drain.ts";
import { sleep } from "../runtime/sleep.ts";
import type { Violation } from "./checkers/violation.ts";
import { authenticationLog } from "./authentication-log.ts";
import { detailLog } from "./detail-log.ts";
import { FaultInjector } from "./fault-injector.ts";
import type { FaultPlan } from "./fault-plan.ts";
import type { HistoryEvent } from "./history.ts";
import type { LinkConditions } from "./network-link.ts";
import { Random } from "./random.ts";
import { produceLog, requestLog, truncationLog } from "./request-log.ts";
import { checkSimulation } from "./simulation-options.ts";
import { Scheduler } from "./scheduler.ts";
import { SimulatedNetwork } from "./simulated-network.ts";
import { SimulatedNode } from "./simulated-node.ts";
import { SimulatedRuntime } from "./simulated-runtime.ts";

/** The options of a simulation: the seed, the brokers' options, the network and its faults. */
export interface SimulationOptions extends Pick<
  EmbeddedClusterOptions,
  | "brokers"
  | "topics"
  | "autoCreateTopics"
  | "numPartitions"
  | "replicaLagTimeMaxMs"
  | "transactionVersion"
  | "transactionMarkerDelayMs"
  | "groups"
  | "users"
  | "sasl"
> {
  /** The seed, a whole number. It determines the whole run. */
  readonly seed: number;
  /** The faults and their times. Default: none. {@link drawFaultPlan} draws a plan from a seed. */
  readonly faults?: FaultPlan;
  /** The properties of the network's links. Default: a local network. */
  readonly link?: Partial<LinkConditions>;
  /** The run is given up as endless after this number of events. Default 50 million. */
  readonly maxEvents?: number;
  /**
   * Whether the history also has decoded bodies, arrivals at brokers and the growth of partitions, for a picture.
   * Default false, because it takes time. The trace is the same.
   */
  readonly detail?: boolean;
}

/** The result of a run. */
export interface SimulationRun<T> {
  /** The value with which the simulated program ended. */
  readonly value: T;
  /** A hash of all events and bytes, 64 bits: equal for equal seeds, options and code, on every engine. */
  readonly traceHash: string;
  /** The number of events that have happened. */
  readonly events: number;
  /** How long the run took, in ms of virtual time. */
  readonly virtualMs: number;
  /** All recorded events, in order. */
  readonly history: readonly HistoryEvent[];
  /** The violations that {@link World.violate} recorded. */
  readonly violations: readonly Violation[];
}

/** The world of one simulation. */
export class World {
  /** The seed that was passed to {@link simulate}. */
  readonly seed: number;
  /** Virtual time: it runs the events, and computes their trace hash. */
  readonly scheduler: Scheduler;
  /** The network between the nodes and the brokers. */
  readonly network: SimulatedNetwork;
  /** The brokers. */
  readonly cluster: EmbeddedCluster;
  /** The runtime of the world itself, which never stalls or crashes. Brokers and the body of the simulation use it. */
  readonly runtime: SimulatedRuntime;
  /** All recorded events, in order. */
  readonly history: HistoryEvent[];
  /** The violations that {@link violate} recorded. */
  readonly violations: Violation[];
  readonly #drain: Drain;
  readonly #nodes = new Map<string, SimulatedNode>();
  readonly #faults: FaultInjector;

  /** @internal */
  constructor(
    parts: Pick<World, "seed" | "scheduler" | "network" | "cluster" | "runtime" | "history" | "violations"> & {
      readonly drain: Drain;
      readonly faults: FaultPlan;
    },
  ) {
    this.seed = parts.seed;
    this.scheduler = parts.scheduler;
    this.network = parts.network;
    this.cluster = parts.cluster;
    this.runtime = parts.runtime;
    this.history = parts.history;
    this.violations = parts.violations;
    this.#drain = parts.drain;
    this.#faults = new FaultInjector(this, parts.faults);
  }

  /** Milliseconds of virtual time since the beginning. */
  get nowMs(): number {
    return this.scheduler.nowUs / 1000;
  }

  /** All nodes that {@link node} has created, in that order. */
  get nodes(): readonly SimulatedNode[] {
    return [...this.#nodes.values()];
  }

  /** The node of this name, which the first call creates. Faults affect the nodes that exist when they begin. */
  node(name: string): SimulatedNode {
    let node = this.#nodes.get(name);
    if (node === undefined) {
      const { scheduler, seed, network } = this;
      node = new SimulatedNode(name, {
        scheduler,
        seed,
        network,
        bootstrapServers: () => this.cluster.bootstrapServers,
        drain: this.#drain,
        record: (event) => this.record(event),
        fault: (what, on) => this.violate("fault", what, { node: on }),
      });
      this.#nodes.set(name, node);
    }
    return node;
  }

  /**
   * A source of random numbers for this name, from the seed: use it instead of `Math.random`. A second call with the
   * same name starts the sequence again.
   */
  random(name: string): Random {
    return Random.keyed(this.seed, `user/${name}`);
  }

  /** Waits for a number of ms of virtual time, also when nodes crash. */
  sleep(durationMs: number): Promise<void> {
    return sleep({ runtime: this.runtime, clock: this.runtime.clock }, durationMs);
  }

  /** Settles as `work` does; rejects with kind `timeout` when that takes more than `durationMs` of virtual time. */
  within<T>(durationMs: number, what: string, work: PromiseLike<T>): Promise<T> {
    const late = new Promise<never>((_, reject) => {
      const event = this.scheduler.schedule(durationMs * 1000, () =>
        reject(new KafkaError("timeout", `${what} did not end within ${durationMs} ms of virtual time`)),
      );
      const inTime = (): void => this.scheduler.cancel(event);
      work.then(inTime, inTime);
    });
    return Promise.race([work, late]);
  }

  /**
   * Adds to the history. The trace hash covers the events and bytes of the run, so it does not depend on the history.
   */
  record(event: HistoryEvent): void {
    this.history.push(event);
  }

  /**
   * Reports a broken invariant. The run continues; {@link runScenario} and {@link searchSeeds} count it as failed.
   * Failures with the same `invariant` are the same failure, so put details into `message`. `about`: time and place of
   * the error, if you detect it later; the picture marks them.
   */
  violate(invariant: string, message: string, about: { readonly atMs?: number; readonly node?: string } = {}): void {
    const { atMs = this.nowMs, node } = about;
    this.violations.push({ invariant, message, atMs, ...(node === undefined ? {} : { node }) });
  }

  /** Adds a line to the picture. */
  note(text: string, node = "world"): void {
    this.record({ type: "note", atMs: this.nowMs, node, text });
  }

  /** Settles when the last fault of the plan has ended: the network is whole, and brokers and nodes are up. */
  healed(): Promise<void> {
    return this.#faults.healed;
  }

  /** Records leaks and uncaught failures of each node. Call it at the end, when all clients are closed. */
  recordLeaks(): void {
    for (const node of this.nodes) {
      const at = { atMs: this.nowMs, node: node.name };
      const connections = this.network.connections.filter(({ client }) => client === node.name).length;
      if (node.isUp)
        this.record({ type: "leak", ...at, tasks: node.runtime.tasks, delays: node.runtime.delays, connections });
      for (const message of [
        ...node.runtime.misuses,
        ...node.runtime.failures.map((error) => error.message),
        ...node.failures.map((error) => error.message),
      ])
        this.record({ type: "failure", ...at, message });
    }
  }
}

const FIRST_PORT = 9092;

/** The name of a broker in the network. */
export function brokerName(nodeId: number): string {
  return `broker-${nodeId}`;
}

/**
 * Runs `body` in its own world, in virtual time. Rejects as `body` does, and when no event is left that could end it.
 */
export async function simulate<T>(
  options: SimulationOptions & { readonly drain: Drain },
  body: (world: World) => PromiseLike<T>,
): Promise<SimulationRun<T>> {
  checkSimulation(options, body);
  const { seed, drain, faults = { faults: [] }, link = {}, maxEvents, detail = false, brokers = 3, ...rest } = options;
  const {
    topics,
    autoCreateTopics,
    numPartitions,
    replicaLagTimeMaxMs,
    transactionVersion,
    transactionMarkerDelayMs,
    groups,
    users,
    sasl,
  } = rest;
  const scheduler = new Scheduler({ seed, drain, ...(maxEvents === undefined ? {} : { maxEvents }) });
  const network = new SimulatedNetwork(scheduler, seed, link);
  const runtime = new SimulatedRuntime(scheduler);
  const history: HistoryEvent[] = [];
  const nowMs = (): number => scheduler.nowUs / 1000;
  const record = (event: HistoryEvent): void => {
    history.push(event);
  };
  network.observe(requestLog(nowMs, record));
  const violations: Violation[] = [];
  const value = await scheduler.run(async () => {
    const ports = Array.from({ length: brokers }, (_, i) => FIRST_PORT + i);
    const clusterOptions = {
      brokers,
      ports,
      ...(topics === undefined ? {} : { topics }),
      ...(autoCreateTopics === undefined ? {} : { autoCreateTopics }),
      ...(numPartitions === undefined ? {} : { numPartitions }),
      ...(replicaLagTimeMaxMs === undefined ? {} : { replicaLagTimeMaxMs }),
      ...(transactionVersion === undefined ? {} : { transactionVersion }),
      ...(transactionMarkerDelayMs === undefined ? {} : { transactionMarkerDelayMs }),
      ...(groups === undefined ? {} : { groups }),
      ...(users === undefined ? {} : { users }),
      ...(sasl === undefined ? {} : { sasl }),
    };
    const listener = network.listener(({ port }) => brokerName(port - FIRST_PORT));
    const cluster = await EmbeddedCluster.start(clusterOptions, {
      runtime,
      clock: runtime.clock,
      entropy: Random.keyed(seed, "cluster"),
      listener,
      connector: network.connector("world"),
      log: truncationLog(nowMs, record),
      onAuthentication: authenticationLog(nowMs, record),
    });
    produceLog(cluster, nowMs, record);
    if (detail) network.observe(detailLog(() => cluster.snapshot(), nowMs, record));
    try {
      return await body(new World({ seed, scheduler, network, cluster, runtime, history, violations, drain, faults }));
    } finally {
      await cluster.close();
    }
  });
  return { value, traceHash: scheduler.traceHash, events: scheduler.events, virtualMs: nowMs(), history, violations };
}

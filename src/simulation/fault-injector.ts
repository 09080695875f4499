import type { Fault, FaultPlan } from "./fault-plan.ts";
import { FAULTS } from "./fault-table.ts";
import type { FaultWorld } from "./fault-world.ts";

/** Carries out a plan: begins and ends each fault at its time. */
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
    const brokerId = brokers[fault.broker % brokers.length]?.nodeId ?? 0;
    const broker = `broker-${brokerId}`;
    world.note(`${fault.kind} ${node.name} ${broker} amount ${fault.amount} for ${fault.durationMs} ms`);
    world.record({
      type: "fault",
      atMs: world.nowMs,
      node: node.name,
      broker,
      kind: fault.kind,
      amount: fault.amount,
      durationMs: fault.durationMs,
    });
    const { durationMs, amount } = fault;
    const strike = {
      world,
      node,
      broker,
      brokerId,
      durationMs,
      amount,
      nodeDraw: fault.node,
      brokerDraw: fault.broker,
    };
    const end = await FAULTS[fault.kind].begin(strike);
    await at(fault.atMs + durationMs);
    await end?.();
    world.note(`end of ${fault.kind} ${node.name} ${broker}`);
  }
}

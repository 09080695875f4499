// `odradek/simulation` on Node: virtual time, drained at once where the host can, else by a turn of its event loop.
import { nodeStrictDrain } from "./platform/node/drain.ts";
import type { Drain } from "./runtime/drain.ts";
import { type SimulatedPlatform, simulatedPlatform as onAnyHost } from "./simulation/simulated-platform.ts";
import type { SchedulerOptions } from "./simulation/scheduler.ts";
import { type SimulationOptions, type SimulationRun, type World, simulate as simulateOnAnyHost } from "./simulation/world.ts";

export type { Drain, StrictDrain } from "./runtime/drain.ts";
export { Random } from "./simulation/random.ts";
export { Scheduler, type SchedulerOptions } from "./simulation/scheduler.ts";
export { SimulatedClock } from "./simulation/simulated-clock.ts";
export type { SimulatedDelay } from "./simulation/simulated-delay.ts";
export { SimulatedRuntime, type SimulatedRuntimeOptions } from "./simulation/simulated-runtime.ts";
export type { SimulatedPlatform } from "./simulation/simulated-platform.ts";

/** Everything that the client needs of a host, in virtual time, from a seed. */
export function simulatedPlatform(options: Pick<SchedulerOptions, "seed" | "maxEvents">): SimulatedPlatform {
  return onAnyHost({ ...options, drain: nodeStrictDrain() });
}
export { FAULT_KINDS, type Fault, type FaultKind, type FaultPlan, type PlanOptions, drawFaultPlan, parseFaultPlan } from "./simulation/fault-plan.ts";
export type * from "./simulation/history.ts";
export type { LinkConditions } from "./simulation/network-link.ts";
export type { ConnectionTap, NetworkConnection } from "./simulation/network-connection.ts";
export type { SimulatedNetwork } from "./simulation/simulated-network.ts";
export type { NodeKafkaOptions, SimulatedNode } from "./simulation/simulated-node.ts";
export { checkHistory } from "./simulation/checkers/all.ts";
export type { Checker, Violation } from "./simulation/checkers/violation.ts";
export { type ShrunkPlan, shrinkFaultPlan } from "./simulation/shrink.ts";
export type { SimulationOptions, SimulationRun, World } from "./simulation/world.ts";

/**
 * Runs `body` in a world of its own: a cluster, a network and nodes, all of it from one seed. `drain`: how the host empties its
 * microtask queue; default: at once where it can (nothing from outside gets in between then), else by a turn of its event loop.
 */
export function simulate<T>(options: SimulationOptions & { readonly drain?: Drain }, body: (world: World) => PromiseLike<T>): Promise<SimulationRun<T>> {
  return simulateOnAnyHost({ ...options, drain: options.drain ?? nodeStrictDrain() }, body);
}

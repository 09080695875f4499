// `odradek/simulation` on Node: virtual time, drained by a turn of Node's event loop.
import { nodeDrain } from "./platform/node/drain.ts";
import { type SimulatedPlatform, simulatedPlatform as onAnyHost } from "./simulation/simulated-platform.ts";
import type { SchedulerOptions } from "./simulation/scheduler.ts";
import { type SimulationOptions, type SimulationRun, type World, simulate as simulateOnAnyHost } from "./simulation/world.ts";

export { Random } from "./simulation/random.ts";
export { Scheduler, type SchedulerOptions } from "./simulation/scheduler.ts";
export { SimulatedClock } from "./simulation/simulated-clock.ts";
export type { SimulatedDelay } from "./simulation/simulated-delay.ts";
export { SimulatedRuntime, type SimulatedRuntimeOptions } from "./simulation/simulated-runtime.ts";
export type { SimulatedPlatform } from "./simulation/simulated-platform.ts";

/** Everything that the client needs of a host, in virtual time, from a seed. */
export function simulatedPlatform(options: Pick<SchedulerOptions, "seed" | "maxEvents">): SimulatedPlatform {
  return onAnyHost({ ...options, drain: nodeDrain });
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

/** Runs `body` in a world of its own: a cluster, a network and nodes, all of it from one seed. */
export function simulate<T>(options: SimulationOptions, body: (world: World) => PromiseLike<T>): Promise<SimulationRun<T>> {
  return simulateOnAnyHost({ ...options, drain: nodeDrain }, body);
}

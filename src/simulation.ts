// `odradek/simulation` on Node: virtual time, drained by a turn of Node's event loop.
import { nodeDrain } from "./platform/node/drain.ts";
import { type SimulatedPlatform, simulatedPlatform as onAnyHost } from "./simulation/simulated-platform.ts";
import type { SchedulerOptions } from "./simulation/scheduler.ts";

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

// The types of `odradek/simulation` that `odradek/core` exports too, because both export `simulate`. Listed by hand.
export type { Violation } from "./checkers/violation.ts";
export type { FaultKind } from "./fault-kinds.ts";
export type { Fault, FaultPlan } from "./fault-plan.ts";
export type * from "./history.ts";
export type { ConnectionTap, EndedBy, NetworkConnection } from "./network-connection.ts";
export type { LinkConditions } from "./network-link.ts";
export type { NodeKafkaOptions, SimulatedNode } from "./simulated-node.ts";
export type { EventQueue, SchedulerOptions } from "./scheduler.ts";
export type { SimulatedDelay } from "./simulated-delay.ts";
export type { SimulatedEvent } from "./event-heap.ts";
export type { SimulatedNetwork } from "./simulated-network.ts";
export type { SimulatedPlatform } from "./simulated-platform.ts";
export type { SimulatedRuntimeOptions } from "./simulated-runtime.ts";
export type { SimulationOptions, SimulationRun, World } from "./world.ts";

import type { EmbeddedCluster } from "../embedded/embedded-cluster.ts";
import type { HistoryEvent } from "./history.ts";
import type { Scheduler } from "./scheduler.ts";
import type { SimulatedNetwork } from "./simulated-network.ts";
import type { SimulatedNode } from "./simulated-node.ts";

/** The part of a world that faults use: the things that they affect, and the record of them. */
export interface FaultWorld {
  readonly scheduler: Scheduler;
  readonly network: SimulatedNetwork;
  readonly cluster: EmbeddedCluster;
  readonly nodes: readonly SimulatedNode[];
  readonly nowMs: number;
  readonly history: readonly HistoryEvent[];
  sleep(durationMs: number): Promise<void>;
  record(event: HistoryEvent): void;
  note(text: string): void;
}

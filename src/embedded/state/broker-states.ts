import type { ReplicationRules } from "./replication.ts";
import { topicConfig } from "../topic-configs.ts";

/** Which brokers are up, and which of them fetch nothing from their leaders: what all partitions ask. */
export class BrokerStates {
  /** Whether replicas that left the ISR below its minimum stay eligible (KIP-966). */
  readonly keepsEligible: boolean;
  readonly #up = new Set<number>();
  readonly #pausedSinceMs = new Map<number, number>();

  constructor(keepsEligible = true) {
    this.keepsEligible = keepsEligible;
  }

  get hasPaused(): boolean {
    return this.#pausedSinceMs.size > 0;
  }

  isUp(nodeId: number): boolean {
    return this.#up.has(nodeId);
  }

  pausedSinceMs(nodeId: number): number | undefined {
    return this.#pausedSinceMs.get(nodeId);
  }

  setUp(nodeId: number, isUp: boolean): void {
    if (isUp) this.#up.add(nodeId);
    else this.#up.delete(nodeId);
  }

  /** From now on a broker fetches nothing. */
  pause(nodeId: number, nowMs: number): void {
    if (!this.#pausedSinceMs.has(nodeId)) this.#pausedSinceMs.set(nodeId, nowMs);
  }

  /** It fetches again. */
  resume(nodeId: number): void {
    this.#pausedSinceMs.delete(nodeId);
  }

  /** What the partitions of a topic go by. Its configs may change. */
  rulesOf(configs: ReadonlyMap<string, string>): ReplicationRules {
    return {
      isUp: (nodeId) => this.isUp(nodeId),
      pausedSinceMs: (nodeId) => this.pausedSinceMs(nodeId),
      minInSyncReplicas: () => Number(topicConfig(configs, "min.insync.replicas")),
      mayElectUncleanly: () => topicConfig(configs, "unclean.leader.election.enable") === "true",
      keepsEligible: this.keepsEligible,
    };
  }
}

import type { ReplicationRules } from "./replication-rules.ts";
import type { TopicSettings } from "../configs/topic-settings.ts";

/** Which brokers are up, and which of them do not fetch from their leaders. Shared by all partitions. */
export class BrokerStates {
  /** Whether replicas that leave the ISR while it is below its minimum stay eligible (KIP-966). */
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

  /** The broker stops fetching. */
  pause(nodeId: number, nowMs: number): void {
    if (!this.#pausedSinceMs.has(nodeId)) this.#pausedSinceMs.set(nodeId, nowMs);
  }

  /** The broker fetches again. */
  resume(nodeId: number): void {
    this.#pausedSinceMs.delete(nodeId);
  }

  /** The replication rules of a topic. They read its settings at each use, since these may change. */
  rulesOf(settings: (nodeId: number) => TopicSettings): ReplicationRules {
    return {
      isUp: (nodeId) => this.isUp(nodeId),
      pausedSinceMs: (nodeId) => this.pausedSinceMs(nodeId),
      minInSyncReplicas: (leaderId) => settings(leaderId).minInSyncReplicas,
      mayElectUncleanly: (leaderId) => settings(leaderId).mayElectUncleanly,
      keepsEligible: this.keepsEligible,
    };
  }
}

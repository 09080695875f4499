/** A voter of the controllers' quorum. */
export interface Voter {
  readonly nodeId: number;
  readonly logEndOffset: number;
  /** When it last fetched from the leader, in ms since the epoch. */
  readonly lastFetchMs: number;
}

/** The quorum at one moment. */
export interface QuorumView {
  readonly leaderId: number;
  readonly leaderEpoch: number;
  readonly highWatermark: number;
  readonly voters: readonly Voter[];
  /** Brokers that follow the metadata log and have no vote. */
  readonly observers: readonly Voter[];
}

/** Java: `metadata.max.idle.interval.ms`. An idle controller writes an empty record this often. */
const IDLE_INTERVAL_MS = 500;

/**
 * The quorum that the cluster shows. It has no controllers of its own: the first brokers are shown as its voters, as in
 * a Kafka whose nodes have both roles, and later ones as observers. The metadata log grows with time, as that of an
 * idle controller does.
 */
export class Quorum {
  readonly #startedMs: number;
  readonly #voters: readonly number[];
  readonly #nodes = new Set<number>();
  readonly #downSinceMs = new Map<number, number>();
  readonly #unregistered = new Set<number>();
  #leaderId: number;
  #leaderEpoch = 1;

  constructor(voters: readonly number[], nowMs: number) {
    this.#startedMs = nowMs;
    this.#voters = voters;
    this.#leaderId = voters[0] ?? -1;
  }

  /** The active controller. */
  get leaderId(): number {
    return this.#leaderId;
  }

  isVoter(nodeId: number): boolean {
    return this.#voters.includes(nodeId);
  }

  started(nodeId: number): void {
    this.#nodes.add(nodeId);
    this.#downSinceMs.delete(nodeId);
    this.#unregistered.delete(nodeId);
    if (this.#downSinceMs.has(this.#leaderId)) this.#elect();
  }

  stopped(nodeId: number, nowMs: number): void {
    this.#downSinceMs.set(nodeId, nowMs);
    if (nodeId === this.#leaderId) this.#elect();
  }

  /** The broker is gone for good. A voter stays a voter, because the voters are fixed. */
  removed(nodeId: number): void {
    this.#nodes.delete(nodeId);
  }

  /** The quorum forgets a controller until it is started again. Returns false if it knows none of this id. */
  unregister(nodeId: number): boolean {
    if (!this.isVoter(nodeId) || this.#unregistered.has(nodeId)) return false;
    this.#unregistered.add(nodeId);
    return true;
  }

  at(nowMs: number): QuorumView {
    const shown = (nodeId: number): Voter => {
      const lastFetchMs = this.#downSinceMs.get(nodeId) ?? nowMs;
      return { nodeId, logEndOffset: this.#endOffsetAt(lastFetchMs), lastFetchMs };
    };
    const observers = [...this.#nodes].filter((nodeId) => !this.isVoter(nodeId) && !this.#downSinceMs.has(nodeId));
    return {
      leaderId: this.#leaderId,
      leaderEpoch: this.#leaderEpoch,
      highWatermark: this.#endOffsetAt(nowMs),
      voters: this.#voters.map(shown),
      observers: observers.map(shown),
    };
  }

  /** The next running voter leads. If none is up, the last leader stays until one is. */
  #elect(): void {
    const heir = this.#voters.find((nodeId) => !this.#downSinceMs.has(nodeId));
    if (heir === undefined) return;
    this.#leaderId = heir;
    this.#leaderEpoch++;
  }

  #endOffsetAt(timeMs: number): number {
    return 1 + Math.max(0, Math.floor((timeMs - this.#startedMs) / IDLE_INTERVAL_MS));
  }
}

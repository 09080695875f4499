import { completeReassignment, reassignedTo, revertedReplicas } from "./reassignment.ts";
import { type Replicated, type ReplicaLag, rebase } from "./replica-lag.ts";
import type { ReplicationRules } from "./replication-rules.ts";

/** The log of the leader. */
export interface ReplicatedLog<B extends Replicated> {
  endOffset(): number;
  /** The batches from an offset on. */
  from(offset: number): readonly B[];
  /** Truncates the log at an offset, and appends other batches. */
  replaceFrom(offset: number, batches: readonly B[]): void;
}

/** A change of the leader. If that truncated the log, the offsets from `toOffset` up to `fromOffset` are lost. */
export interface Election {
  readonly leaderId: number;
  readonly leaderEpoch: number;
  readonly isClean: boolean;
  readonly fromOffset: number;
  readonly toOffset: number;
}

/** There is no leader. */
export const NO_LEADER = -1;

/**
 * Leader, ISR and lag of one partition. Only the leader's log is stored: a replica that is in step has the same log and
 * costs nothing. For a replica that is down or paused, the position that it reached is kept, and after an election that
 * truncated the log also its own batches behind that. Everything is synchronous: after brokers or settings have
 * changed, {@link update} does what controller and leader would.
 */
export class Replication<B extends Replicated> {
  readonly #log: ReplicatedLog<B>;
  readonly #rules: ReplicationRules;
  readonly #behind = new Map<number, ReplicaLag<B>>();
  #replicas: readonly number[];
  #isr: readonly number[];
  #eligible: readonly number[] = [];
  #leaderId: number;
  #leaderEpoch = 0;
  /** The owner of the stored log: the leader, or the last one. */
  #ownerId: number;
  /** The replicas that a reassignment adds and removes; empty without one. */
  #adding: readonly number[] = [];
  #removing: readonly number[] = [];
  /** The high watermark, if it is not the end of the log; otherwise undefined. */
  #heldBack: number | undefined;

  constructor(log: ReplicatedLog<B>, rules: ReplicationRules, leaderId: number, replicas: readonly number[]) {
    this.#log = log;
    this.#rules = rules;
    this.#leaderId = leaderId;
    this.#ownerId = leaderId;
    this.#replicas = replicas;
    this.#isr = replicas;
    for (const id of replicas) {
      const sinceMs = rules.pausedSinceMs(id);
      if (id !== leaderId && sinceMs !== undefined)
        this.#behind.set(id, { prefix: log.endOffset(), tail: [], highWatermark: log.endOffset(), sinceMs });
    }
    this.#hold(log.endOffset());
  }

  get leaderId(): number {
    return this.#leaderId;
  }

  /** The leader, or else the last one. */
  get lastLeaderId(): number {
    return this.#ownerId;
  }

  get leaderEpoch(): number {
    return this.#leaderEpoch;
  }

  get replicas(): readonly number[] {
    return this.#replicas;
  }

  /** The replicas that a reassignment adds. They leave this list when all of them are in sync. */
  get adding(): readonly number[] {
    return this.#adding;
  }

  /** The replicas that a reassignment removes, when all that it adds are in sync. */
  get removing(): readonly number[] {
    return this.#removing;
  }

  /** The in-sync replicas. */
  get isr(): readonly number[] {
    return this.#isr;
  }

  /** Replicas outside the ISR that have everything that is committed (KIP-966). */
  get eligible(): readonly number[] {
    return this.#eligible;
  }

  /** Everything before it is committed. */
  get highWatermark(): number {
    return this.#heldBack ?? this.#log.endOffset();
  }

  /** How many in-sync replicas acks=all needs: never more than there are replicas (KIP-966). */
  get minIsr(): number {
    return Math.min(this.#rules.minInSyncReplicas(this.#ownerId), this.#replicas.length);
  }

  /** Up to here all replicas have the same log, also those that lag. */
  get commonOffset(): number {
    return Math.min(this.#log.endOffset(), ...Array.from(this.#behind.values(), ({ prefix }) => prefix));
  }

  /** Whether a replica whose broker is up does not fetch from the leader. */
  get hasIdleReplica(): boolean {
    return [...this.#behind.keys()].some((id) => this.#rules.isUp(id));
  }

  /**
   * Up to which offset a broker may serve consumers. The leader and replicas in step: the high watermark. Others: the
   * high watermark that they know.
   */
  readableTo(nodeId: number): number {
    const behind = this.#behind.get(nodeId);
    return behind === undefined ? this.highWatermark : Math.min(behind.prefix, behind.highWatermark);
  }

  /** How a broker lags: the offset up to which it has the log, and its own batches behind that. */
  lagOf(nodeId: number): { readonly prefix: number; readonly tail: readonly B[] } | undefined {
    return this.#behind.get(nodeId);
  }

  /** The end of a broker's log. */
  endOffsetOf(nodeId: number): number {
    const behind = this.#behind.get(nodeId);
    return behind === undefined ? this.#log.endOffset() : (behind.tail.at(-1)?.lastOffset ?? behind.prefix - 1) + 1;
  }

  /**
   * Brokers have started, stopped, paused or resumed, or settings have changed. Returns the election that followed, if
   * any.
   */
  update(nowMs: number): Election | undefined {
    const { highWatermark } = this;
    this.#shrink(this.#isr.filter((id) => this.#rules.isUp(id)));
    const hasLeader = this.#leaderId !== NO_LEADER && this.#rules.isUp(this.#leaderId);
    const election = hasLeader ? undefined : this.#electAny(nowMs);
    this.#follow(nowMs);
    const last = joined(election, this.#completeReassignment(nowMs));
    this.#hold(this.#watermarkAfter(highWatermark, last));
    return last;
  }

  /** Whether a broker can become leader without loss. */
  canLead(nodeId: number): boolean {
    return (
      this.#rules.isUp(nodeId) &&
      (this.#isr.includes(nodeId) || (this.#isr.length === 0 && this.#eligible.includes(nodeId)))
    );
  }

  /**
   * Makes a running replica the leader. Records that it lacks are lost; if it was not in the ISR, committed records may
   * be among them.
   */
  elect(nodeId: number, nowMs: number): Election {
    const { highWatermark } = this;
    const election = this.#lead(nodeId, this.canLead(nodeId), nowMs);
    this.#follow(nowMs);
    this.#hold(this.#watermarkAfter(highWatermark, election));
    return election;
  }

  /**
   * Removes replicas that have lagged for `maxLagMs` from the ISR. A replica that has everything stays, however long it
   * has not fetched.
   */
  dropLagging(maxLagMs: number, nowMs: number): void {
    const endOffset = this.#log.endOffset();
    this.#drop(
      (id, behind) =>
        id !== this.#leaderId &&
        nowMs >= behind.sinceMs + maxLagMs &&
        (behind.prefix < endOffset || behind.tail.length > 0),
    );
  }

  /** Removes a replica that does not fetch from the ISR now. */
  drop(nodeId: number): void {
    this.#drop((id) => id === nodeId && id !== this.#leaderId);
  }

  /**
   * Begins a reassignment. Replicas that it adds have nothing yet; the next {@link update} lets them catch up, if they
   * run and fetch. One that adds no replicas is complete at once.
   */
  reassignTo(target: readonly number[], nowMs: number): Election | undefined {
    const { highWatermark } = this;
    const before = this.#replicas;
    const { replicas, adding, removing } = reassignedTo(target, this);
    [this.#replicas, this.#adding, this.#removing] = [replicas, adding, removing];
    for (const id of replicas)
      if (!before.includes(id)) this.#behind.set(id, { prefix: 0, tail: [], highWatermark: 0, sinceMs: nowMs });
    const election = this.#completeReassignment(nowMs);
    this.#hold(this.#watermarkAfter(highWatermark, election));
    return election;
  }

  /** Whether the replicas from before the reassignment have everything that is committed. */
  get canCancelReassignment(): boolean {
    return this.#isr.length === 0 || this.#isr.some((id) => !this.#adding.includes(id));
  }

  /** Ends a reassignment: the replicas that it added leave, and no other does. */
  cancelReassignment(nowMs: number): Election | undefined {
    const { highWatermark } = this;
    const isr = this.#isr.filter((id) => !this.#adding.includes(id));
    const election = this.#replaceReplicas(revertedReplicas(this), isr, nowMs);
    this.#hold(this.#watermarkAfter(highWatermark, election));
    return election;
  }

  /** Replaces one broker by another, which gets its whole log, as after a reassignment. */
  reassign(from: number, to: number, nowMs: number): Election | undefined {
    const moved = (ids: readonly number[]): readonly number[] => ids.map((id) => (id === from ? to : id));
    const behind = this.#behind.get(from);
    if (behind !== undefined) this.#behind.set(to, behind);
    this.#behind.delete(from);
    [this.#replicas, this.#isr, this.#eligible] = [moved(this.#replicas), moved(this.#isr), moved(this.#eligible)];
    [this.#adding, this.#removing] = [moved(this.#adding), moved(this.#removing)];
    if (this.#ownerId === from) this.#ownerId = to;
    if (this.#leaderId !== from) return this.update(nowMs);
    return this.elect(to, nowMs);
  }

  /** Removes a replica without a replacement. The other running replicas catch up first. */
  remove(nodeId: number, nowMs: number): Election | undefined {
    const left = this.#replicas.filter((id) => id !== nodeId);
    const heir = left.find((id) => this.canLead(id)) ?? left.find((id) => this.#rules.isUp(id)) ?? left[0] ?? NO_LEADER;
    this.#behind.delete(nodeId);
    this.#replicas = left;
    this.#isr = this.#isr.filter((id) => id !== nodeId);
    this.#eligible = this.#eligible.filter((id) => id !== nodeId);
    this.#adding = this.#adding.filter((id) => id !== nodeId);
    this.#removing = this.#removing.filter((id) => id !== nodeId);
    if (this.#ownerId === nodeId) {
      this.#behind.delete(heir);
      this.#ownerId = heir;
      if (!this.#isr.includes(heir)) this.#isr = [...this.#isr, heir];
    }
    if (this.#leaderId !== nodeId) return this.update(nowMs);
    return this.#rules.isUp(heir) ? this.elect(heir, nowMs) : this.update(nowMs);
  }

  #completeReassignment(nowMs: number): Election | undefined {
    const done = completeReassignment(this, this.#isr);
    return done === undefined ? undefined : this.#replaceReplicas(done.replicas, done.isr, nowMs);
  }

  /**
   * Ends a reassignment with these replicas. If one has left, the leader epoch rises, even if the leader stays, so that
   * the replica cannot serve clients any more.
   */
  #replaceReplicas(replicas: readonly number[], isr: readonly number[], nowMs: number): Election | undefined {
    const hasLeft = this.#replicas.some((id) => !replicas.includes(id));
    [this.#replicas, this.#isr, this.#adding, this.#removing] = [replicas, isr, [], []];
    this.#eligible = this.#eligible.filter((id) => replicas.includes(id));
    if (!hasLeft) return undefined;
    const leader = replicas.includes(this.#leaderId) ? this.#leaderId : replicas.find((id) => this.canLead(id));
    const election = leader === NO_LEADER ? undefined : this.#lead(leader ?? NO_LEADER, true, nowMs);
    for (const id of this.#behind.keys()) if (!replicas.includes(id)) this.#behind.delete(id);
    return election;
  }

  #drop(isDropped: (id: number, behind: ReplicaLag<B>) => boolean): void {
    const { highWatermark } = this;
    this.#shrink(
      this.#isr.filter((id) => {
        const behind = this.#behind.get(id);
        return behind === undefined || !isDropped(id, behind);
      }),
    );
    this.#hold(highWatermark);
  }

  #shrink(isr: readonly number[]): void {
    if (isr.length === this.#isr.length) return;
    const { keepsEligible } = this.#rules;
    // Without eligible replicas, the last in-sync replica stays in the ISR.
    if (!keepsEligible && isr.length === 0) return;
    this.#eligible =
      keepsEligible && isr.length < this.minIsr
        ? [...new Set([...this.#eligible, ...this.#isr])].filter((id) => !isr.includes(id))
        : [];
    this.#isr = isr;
  }

  /**
   * Elects the first replica that can lead without loss; otherwise any that is up, if the topic allows unclean
   * elections.
   */
  #electAny(nowMs: number): Election | undefined {
    const clean = this.#replicas.find((id) => this.canLead(id));
    if (clean !== undefined) return this.#lead(clean, true, nowMs);
    const unclean = this.#rules.mayElectUncleanly(this.#ownerId)
      ? this.#replicas.find((id) => this.#rules.isUp(id))
      : undefined;
    if (unclean !== undefined) return this.#lead(unclean, false, nowMs);
    return this.#leaderId === NO_LEADER ? undefined : this.#lead(NO_LEADER, true, nowMs);
  }

  #lead(nodeId: number, isClean: boolean, nowMs: number): Election {
    const fromOffset = this.#log.endOffset();
    const election = { leaderId: nodeId, leaderEpoch: ++this.#leaderEpoch, isClean, fromOffset };
    this.#leaderId = nodeId;
    if (nodeId === NO_LEADER) return { ...election, toOffset: fromOffset };
    if (!this.#isr.includes(nodeId)) this.#isr = [nodeId];
    if (!isClean || this.#isr.length >= this.minIsr) this.#eligible = [];
    this.#eligible = this.#eligible.filter((id) => id !== nodeId);
    if (!isClean) this.#isr = [nodeId];
    const toOffset = nodeId === this.#ownerId ? fromOffset : this.#takeLogOf(nodeId, nowMs);
    return { ...election, toOffset };
  }

  /** Replaces the stored log by that of another broker. Returns up to which offset it stays the same. */
  #takeLogOf(nodeId: number, nowMs: number): number {
    const { prefix, tail } = this.#behind.get(nodeId) ?? { prefix: this.#log.endOffset(), tail: [] };
    this.#behind.delete(nodeId);
    const cut = this.#log.from(prefix);
    for (const other of this.#behind.values()) rebase(other, prefix, cut, tail);
    this.#behind.set(this.#ownerId, { prefix, tail: cut, highWatermark: this.highWatermark, sinceMs: nowMs });
    this.#ownerId = nodeId;
    if (cut.length > 0 || tail.length > 0) this.#log.replaceFrom(prefix, tail);
    return prefix;
  }

  /**
   * Replicas that fetch truncate what the leader does not have, catch up, and are in sync. The others keep their state.
   */
  #follow(nowMs: number): void {
    const endOffset = this.#log.endOffset();
    for (const id of this.#replicas) {
      if (id === this.#ownerId) continue;
      if (this.#leaderId !== NO_LEADER && this.#rules.isUp(id) && this.#rules.pausedSinceMs(id) === undefined) {
        this.#behind.delete(id);
        if (!this.#isr.includes(id)) this.#isr = [...this.#isr, id].sort((a, b) => a - b);
      } else if (!this.#behind.has(id)) {
        this.#behind.set(id, { prefix: endOffset, tail: [], highWatermark: this.highWatermark, sinceMs: nowMs });
      }
    }
    for (const id of this.#behind.keys()) if (!this.#replicas.includes(id)) this.#behind.delete(id);
    if (this.#isr.length >= this.minIsr) this.#eligible = [];
    else this.#eligible = this.#eligible.filter((id) => !this.#isr.includes(id));
  }

  /**
   * A new leader begins with the high watermark that it knows. After a clean election, that counts as equal to the last
   * leader's.
   */
  #watermarkAfter(before: number, election: Election | undefined): number {
    return election === undefined || election.isClean ? before : Math.min(before, election.toOffset);
  }

  /**
   * Sets the offset up to which records are committed: all in-sync replicas have them, and it is at least `atLeast`.
   * Undefined means the end of the log, so that appends need no call.
   */
  #hold(atLeast: number): void {
    const lagging = this.#isr.flatMap((id) => (id === this.#ownerId ? [] : (this.#behind.get(id)?.prefix ?? [])));
    if (this.#leaderId === NO_LEADER || (this.#rules.keepsEligible && this.#isr.length < this.minIsr))
      this.#heldBack = atLeast;
    else this.#heldBack = lagging.length === 0 ? undefined : Math.max(atLeast, Math.min(...lagging));
  }
}

/** The change from before the first election to after the second. */
function joined(first: Election | undefined, second: Election | undefined): Election | undefined {
  if (first === undefined || second === undefined) return second ?? first;
  return {
    ...second,
    isClean: first.isClean && second.isClean,
    fromOffset: first.fromOffset,
    toOffset: Math.min(first.toOffset, second.toOffset),
  };
}

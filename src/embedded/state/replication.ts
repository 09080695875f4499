/** Facts of the brokers and the topic. Replication calls the functions at each change, so their results may change. */
export interface ReplicationRules {
  /** Whether a broker is up. */
  isUp(nodeId: number): boolean;
  /** Since when a broker does not fetch from its leaders, in monotonic ms; undefined if it fetches. */
  pausedSinceMs(nodeId: number): number | undefined;
  /** Topic config `min.insync.replicas`, as it holds at the leader or the last one. */
  minInSyncReplicas(leaderId: number): number;
  /** Topic config `unclean.leader.election.enable`. */
  mayElectUncleanly(leaderId: number): boolean;
  /**
   * Whether replicas that leave the ISR while it is below its minimum stay eligible, and nothing is committed then:
   * Kafka since 4.0 (KIP-966).
   */
  readonly keepsEligible: boolean;
}

/** A batch, as replication sees it: the same batch is the same object. */
export interface Replicated {
  readonly baseOffset: number;
  readonly lastOffset: number;
}

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

/** A replica that lags: how much of the leader's log it has, and which batches it has instead of the rest. */
interface Behind<B> {
  prefix: number;
  tail: readonly B[];
  /** The high watermark that it knew. */
  readonly highWatermark: number;
  readonly sinceMs: number;
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
  readonly #behind = new Map<number, Behind<B>>();
  #replicas: readonly number[];
  #isr: readonly number[];
  #eligible: readonly number[] = [];
  #leaderId: number;
  #leaderEpoch = 0;
  /** The owner of the stored log: the leader, or the last one. */
  #ownerId: number;
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
    this.#hold(this.#watermarkAfter(highWatermark, election));
    return election;
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

  /** Replaces one broker by another, which gets its whole log, as after a reassignment. */
  reassign(from: number, to: number, nowMs: number): Election | undefined {
    const moved = (ids: readonly number[]): readonly number[] => ids.map((id) => (id === from ? to : id));
    const behind = this.#behind.get(from);
    if (behind !== undefined) this.#behind.set(to, behind);
    this.#behind.delete(from);
    [this.#replicas, this.#isr, this.#eligible] = [moved(this.#replicas), moved(this.#isr), moved(this.#eligible)];
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
    if (this.#ownerId === nodeId) {
      this.#behind.delete(heir);
      this.#ownerId = heir;
      if (!this.#isr.includes(heir)) this.#isr = [...this.#isr, heir];
    }
    if (this.#leaderId !== nodeId) return this.update(nowMs);
    return this.#rules.isUp(heir) ? this.elect(heir, nowMs) : this.update(nowMs);
  }

  #drop(isDropped: (id: number, behind: Behind<B>) => boolean): void {
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

/** Updates `other` after the stored log changed from `prefix` on: `cut` was replaced by `tail`. */
function rebase<B extends Replicated>(other: Behind<B>, prefix: number, cut: readonly B[], tail: readonly B[]): void {
  if (other.prefix > prefix) {
    const end = other.prefix;
    other.tail = [...cut.filter((batch) => batch.lastOffset < end), ...other.tail];
    other.prefix = prefix;
  }
  if (other.prefix < prefix) return;
  // Batches that both have after `prefix` belong to the common part now.
  let common = 0;
  while (common < other.tail.length && other.tail[common] === tail[common]) common++;
  other.prefix = (other.tail[common - 1]?.lastOffset ?? prefix - 1) + 1;
  other.tail = other.tail.slice(common);
}

/**
 * What replication must know of brokers and of the topic. It is asked at each change, and so follows what it answers.
 */
export interface ReplicationRules {
  /** Whether a broker is up. */
  isUp(nodeId: number): boolean;
  /** Since when a broker fetches nothing from its leaders, in monotonic ms; undefined where it does. */
  pausedSinceMs(nodeId: number): number | undefined;
  /** Topic config `min.insync.replicas`. */
  minInSyncReplicas(): number;
  /** Topic config `unclean.leader.election.enable`. */
  mayElectUncleanly(): boolean;
  /**
   * Whether replicas that left the ISR below its minimum stay eligible, and nothing is committed there: Kafka since 4.0
   * (KIP-966).
   */
  readonly keepsEligible: boolean;
}

/** A batch, as far as replication looks at it: the same batch is the same object. */
export interface Replicated {
  readonly baseOffset: number;
  readonly lastOffset: number;
}

/** The log of the leader. */
export interface ReplicatedLog<B extends Replicated> {
  endOffset(): number;
  /** The batches from an offset on. */
  from(offset: number): readonly B[];
  /** Cuts the log off at an offset, and puts other batches there. */
  replaceFrom(offset: number, batches: readonly B[]): void;
}

/** Another broker leads. Where that cut the log off, offsets from `toOffset` up to `fromOffset` are gone. */
export interface Election {
  readonly leaderId: number;
  readonly leaderEpoch: number;
  readonly isClean: boolean;
  readonly fromOffset: number;
  readonly toOffset: number;
}

/** A replica that is not in step: how much it has of the leader's log, and what it has in place of the rest. */
interface Behind<B> {
  prefix: number;
  tail: readonly B[];
  /** What it knew of the high watermark. */
  readonly highWatermark: number;
  readonly sinceMs: number;
}

/** Nobody leads. */
export const NO_LEADER = -1;

/**
 * Who has what of a partition, and who leads it. There is one log, the leader's; who follows has all of it, at no cost.
 * Only of a replica that is down or paused it is remembered how far it came; after an election that cut the log off,
 * also what it has beyond. Synchronous: brokers and settings change, {@link update} draws the conclusions, as
 * controller and leader would.
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
  /** Whose log the shared one is: the leader's, or that of the last one. */
  #ownerId: number;
  /** Where the high watermark stands still; undefined while it goes with the end of the log. */
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

  /** The leader, or who led last. */
  get lastLeaderId(): number {
    return this.#ownerId;
  }

  get leaderEpoch(): number {
    return this.#leaderEpoch;
  }

  get replicas(): readonly number[] {
    return this.#replicas;
  }

  /** The replicas that are in sync. */
  get isr(): readonly number[] {
    return this.#isr;
  }

  /** Replicas out of the ISR that have all that is committed (KIP-966). */
  get eligible(): readonly number[] {
    return this.#eligible;
  }

  /** All before it is committed. */
  get highWatermark(): number {
    return this.#heldBack ?? this.#log.endOffset();
  }

  /** How many replicas must be in sync for acks=all: never more than there are (KIP-966). */
  get minIsr(): number {
    return Math.min(this.#rules.minInSyncReplicas(), this.#replicas.length);
  }

  /**
   * What a broker may give to consumers: the leader and those in step up to the high watermark, others as far as they
   * know it.
   */
  readableTo(nodeId: number): number {
    const behind = this.#behind.get(nodeId);
    return behind === undefined ? this.highWatermark : Math.min(behind.prefix, behind.highWatermark);
  }

  /** Where a broker's log ends. */
  endOffsetOf(nodeId: number): number {
    const behind = this.#behind.get(nodeId);
    return behind === undefined ? this.#log.endOffset() : (behind.tail.at(-1)?.lastOffset ?? behind.prefix - 1) + 1;
  }

  /**
   * Brokers went or came, stopped following or follow again, or settings changed. Answers the election that followed,
   * if any.
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

  /** Whether a broker can lead without loss. */
  canLead(nodeId: number): boolean {
    return (
      this.#rules.isUp(nodeId) &&
      (this.#isr.includes(nodeId) || (this.#isr.length === 0 && this.#eligible.includes(nodeId)))
    );
  }

  /**
   * Makes a replica that is up the leader: what it lacks is gone, where it was not in the ISR also what was committed.
   */
  elect(nodeId: number, nowMs: number): Election {
    const { highWatermark } = this;
    const election = this.#lead(nodeId, this.canLead(nodeId), nowMs);
    this.#follow(nowMs);
    this.#hold(this.#watermarkAfter(highWatermark, election));
    return election;
  }

  /**
   * Those that lag for so long fall out of the ISR. One that has all that there is stays, however long it was silent.
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

  /** A replica that does not follow falls out of the ISR now. */
  drop(nodeId: number): void {
    this.#drop((id) => id === nodeId && id !== this.#leaderId);
  }

  /** One broker takes the place of another, with all that it had: as after a reassignment. */
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

  /** A replica goes, and no broker takes its place. The others have caught up before, as far as they are up. */
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
    // Without eligible replicas the last one in sync is remembered in the ISR.
    if (!keepsEligible && isr.length === 0) return;
    this.#eligible =
      keepsEligible && isr.length < this.minIsr
        ? [...new Set([...this.#eligible, ...this.#isr])].filter((id) => !isr.includes(id))
        : [];
    this.#isr = isr;
  }

  /** In the order of the replicas: one that can lead without loss, else any that is up, where the topic allows that. */
  #electAny(nowMs: number): Election | undefined {
    const clean = this.#replicas.find((id) => this.canLead(id));
    if (clean !== undefined) return this.#lead(clean, true, nowMs);
    const unclean = this.#rules.mayElectUncleanly() ? this.#replicas.find((id) => this.#rules.isUp(id)) : undefined;
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

  /** The shared log becomes that of another broker. Answers up to where it stays as it was. */
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

  /** Who follows cuts off what the leader does not have, gets the rest, and is in sync. Others stay where they are. */
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
   * A new leader begins with the high watermark that it knows; after a clean election that is as good as the last
   * one's.
   */
  #watermarkAfter(before: number, election: Election | undefined): number {
    return election === undefined || election.isClean ? before : Math.min(before, election.toOffset);
  }

  /** Committed is what all in sync have, and never less than was: from here on, with no call for an append. */
  #hold(atLeast: number): void {
    const lagging = this.#isr.flatMap((id) => (id === this.#ownerId ? [] : (this.#behind.get(id)?.prefix ?? [])));
    if (this.#leaderId === NO_LEADER || (this.#rules.keepsEligible && this.#isr.length < this.minIsr))
      this.#heldBack = atLeast;
    else this.#heldBack = lagging.length === 0 ? undefined : Math.max(atLeast, Math.min(...lagging));
  }
}

/** The log that `other` is compared with is another one from `prefix` on: not `cut` any more, but `tail`. */
function rebase<B extends Replicated>(other: Behind<B>, prefix: number, cut: readonly B[], tail: readonly B[]): void {
  if (other.prefix > prefix) {
    const end = other.prefix;
    other.tail = [...cut.filter((batch) => batch.lastOffset < end), ...other.tail];
    other.prefix = prefix;
  }
  if (other.prefix < prefix) return;
  // What both have in place of it is common to them now.
  let common = 0;
  while (common < other.tail.length && other.tail[common] === tail[common]) common++;
  other.prefix = (other.tail[common - 1]?.lastOffset ?? prefix - 1) + 1;
  other.tail = other.tail.slice(common);
}

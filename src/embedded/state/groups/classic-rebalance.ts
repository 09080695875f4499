import * as ErrorCode from "../../../errors/error-code.ts";
import type { ClassicGeneration } from "./classic-generation.ts";
import { type ClassicMember, joinError, NO_BYTES, type SyncRequest, syncError } from "./classic-member.ts";
import type { GroupConfigs } from "./group-configs.ts";

/**
 * The rebalance of a classic group: it waits until all members have joined, then until the leader has sent the
 * assignment, each for a limited time.
 */
export class ClassicRebalance {
  /** Member ids that were given out, but have not joined yet, each with its deadline. */
  readonly pendingJoin: Map<string, number> = new Map<string, number>();
  /** Members of the generation that have not sent SyncGroup yet. */
  readonly pendingSync: Set<string> = new Set<string>();
  readonly #group: ClassicGeneration;
  readonly #configs: GroupConfigs;
  #joinDeadlineMs = Infinity;
  #syncDeadlineMs = Infinity;
  /**
   * The state of the first rebalance, which waits for more members: how long it may still wait, and whether a member
   * has joined since.
   */
  #initial: { leftMs: number; isJoined: boolean } | undefined;

  constructor(group: ClassicGeneration, configs: GroupConfigs) {
    this.#group = group;
    this.#configs = configs;
  }

  /** When {@link expirePendingJoins} or {@link expire} must be called; Infinity for never. */
  get deadlineMs(): number {
    return Math.min(this.#joinDeadlineMs, this.#syncDeadlineMs, ...this.pendingJoin.values());
  }

  /** Forgets a rebalance that is in progress. */
  clear(): void {
    this.pendingJoin.clear();
    this.pendingSync.clear();
    this.#initial = undefined;
    this.#joinDeadlineMs = this.#syncDeadlineMs = Infinity;
  }

  /** A new member joins: the first rebalance may wait longer. */
  memberAdded(memberId: string): void {
    if (this.#initial !== undefined) this.#initial.isJoined = true;
    this.pendingJoin.delete(memberId);
  }

  /** A member has joined, or changed its protocols. */
  changed(nowMs: number): void {
    if (this.#group.state === "PreparingRebalance") this.maybeCompleteJoin(nowMs);
    else this.prepare(nowMs);
  }

  /** Members have left or failed: a rebalance in progress may be complete, otherwise one begins. */
  membersGone(nowMs: number): void {
    if (this.#group.state === "PreparingRebalance") this.maybeCompleteJoin(nowMs);
    else if (this.#group.state !== "Empty") this.prepare(nowMs);
  }

  /** Makes all members join again. */
  prepare(nowMs: number): void {
    if (this.#group.state === "CompletingRebalance")
      for (const member of this.#group.members.all) this.#resetAssignment(member);
    this.#syncDeadlineMs = Infinity;
    const isFirst = this.#group.state === "Empty";
    this.#group.state = "PreparingRebalance";
    if (isFirst) {
      const delayMs = this.#configs.initialRebalanceDelayMs;
      this.#initial = { leftMs: Math.max(this.#group.members.longestRebalanceMs - delayMs, 0), isJoined: false };
      this.#joinDeadlineMs = nowMs + delayMs;
      if (delayMs === 0) this.#joinIsOver(nowMs);
      return;
    }
    this.#joinDeadlineMs = nowMs + this.#group.members.longestRebalanceMs;
    this.maybeCompleteJoin(nowMs);
  }

  /** Completes the join if no member is missing. */
  maybeCompleteJoin(nowMs: number): void {
    if (this.#group.state !== "PreparingRebalance" || this.#initial !== undefined || this.pendingJoin.size > 0) return;
    if (this.#group.members.all.every(({ join }) => join !== undefined)) this.#completeJoin(nowMs);
  }

  /** The leader has sent the assignment. */
  assign({ assignments }: SyncRequest, nowMs: number): void {
    const given = new Map(assignments.map(({ memberId, assignment }) => [memberId, assignment]));
    this.#group.state = "Stable";
    for (const member of this.#group.members.all) {
      member.assignment = given.get(member.memberId) ?? NO_BYTES;
      if (member.sync === undefined) continue;
      member.answerSync(this.#group.synced(member));
      member.heard(nowMs);
    }
    this.#group.save();
  }

  /** Removes a member, and answers its waiting requests. */
  remove(member: ClassicMember): void {
    this.#group.members.remove(member);
    this.pendingSync.delete(member.memberId);
    // Answer its waiting requests: otherwise its connection would wait forever.
    member.answerJoin(joinError(ErrorCode.UNKNOWN_MEMBER_ID, ""));
    member.answerSync(syncError(ErrorCode.UNKNOWN_MEMBER_ID));
  }

  /** Gives up the members that got an id, but did not join in time. */
  expirePendingJoins(nowMs: number): void {
    for (const [memberId, deadlineMs] of [...this.pendingJoin]) {
      if (deadlineMs > nowMs) continue;
      this.pendingJoin.delete(memberId);
      this.maybeCompleteJoin(nowMs);
    }
  }

  /** Continues without the members that did not join or sync in time. */
  expire(nowMs: number): void {
    if (this.#syncDeadlineMs <= nowMs) this.#syncIsOver(nowMs);
    if (this.#joinDeadlineMs <= nowMs) this.#joinIsOver(nowMs);
  }

  #resetAssignment(member: ClassicMember): void {
    member.assignment = NO_BYTES;
    member.answerSync(syncError(ErrorCode.REBALANCE_IN_PROGRESS));
  }

  /** The time to join is over, or the time for which the first rebalance waits for more members. */
  #joinIsOver(nowMs: number): void {
    const first = this.#initial;
    if (first === undefined || !first.isJoined || first.leftMs === 0) return this.#completeJoin(nowMs);
    const delayMs = Math.min(this.#configs.initialRebalanceDelayMs, first.leftMs);
    this.#initial = { leftMs: Math.max(first.leftMs - delayMs, 0), isJoined: false };
    this.#joinDeadlineMs = nowMs + delayMs;
  }

  #completeJoin(nowMs: number): void {
    this.#initial = undefined;
    this.#joinDeadlineMs = Infinity;
    for (const member of this.#group.members.all)
      if (member.join === undefined && member.groupInstanceId === null) this.remove(member);
    if (this.#group.members.size > 0 && !this.#group.members.electJoined()) {
      // Only static members are left, and all are absent: they have until their sessions end.
      this.#joinDeadlineMs = nowMs + this.#group.members.longestRebalanceMs;
      return;
    }
    this.#group.generationId++;
    this.pendingSync.clear();
    if (this.#group.members.size === 0) return this.#group.becomeEmpty(nowMs);
    this.#group.protocolName = this.#group.members.selectProtocol();
    this.#group.state = "CompletingRebalance";
    this.#syncDeadlineMs = nowMs + this.#group.members.longestRebalanceMs;
    for (const member of this.#group.members.all) {
      member.answerJoin(this.#group.joined(member));
      member.heard(nowMs);
      member.isNew = false;
      this.pendingSync.add(member.memberId);
    }
  }

  /** A member that has not sent SyncGroup in time is removed. */
  #syncIsOver(nowMs: number): void {
    this.#syncDeadlineMs = Infinity;
    if (this.pendingSync.size === 0 || this.#group.state === "PreparingRebalance" || this.#group.state === "Empty")
      return;
    for (const memberId of this.pendingSync) {
      const member = this.#group.members.get(memberId);
      if (member !== undefined) this.remove(member);
    }
    this.pendingSync.clear();
    this.prepare(nowMs);
  }
}

import * as ErrorCode from "../../../errors/error-code.ts";
import { ClassicGeneration, type ClassicState } from "./classic-generation.ts";
import { ClassicJoins } from "./classic-joins.ts";
import {
  type ClassicMember,
  type JoinAnswer,
  type JoinRequest,
  type Reply,
  type SyncAnswer,
  type SyncRequest,
  joinError,
  syncError,
} from "./classic-member.ts";
import type { ClassicMembers } from "./classic-members.ts";
import { ClassicRebalance } from "./classic-rebalance.ts";
import type { Commit, Committer } from "./committer.ts";
import { CONSUMER_PROTOCOL, subscribedTopicsOf } from "./consumer-protocol.ts";
import type { GroupConfigs } from "./group-configs.ts";

/**
 * A group of the classic protocol. It has no timers and no I/O. A request that waits for others brings a `reply`
 * function, which is called when its response is known. The owner must call {@link expire} at {@link deadlineMs}.
 */
export class ClassicGroup {
  readonly type = "classic";
  readonly #group: ClassicGeneration;
  readonly #rebalance: ClassicRebalance;
  readonly #joins: ClassicJoins;

  /** @param newId makes the id of a member from the name of its client or instance */
  constructor(configs: GroupConfigs, newId: (name: string) => string, generationId = 0) {
    this.#group = new ClassicGeneration(generationId);
    this.#rebalance = new ClassicRebalance(this.#group, configs);
    this.#joins = new ClassicJoins(this.#group, this.#rebalance, configs, newId);
  }

  get members(): ClassicMembers {
    return this.#group.members;
  }

  get state(): ClassicState {
    return this.#group.state;
  }

  get generationId(): number {
    return this.#group.generationId;
  }

  get protocolType(): string | undefined {
    return this.#group.protocolType;
  }

  get protocolName(): string | undefined {
    return this.#group.protocolName;
  }

  /** When it became empty; its offsets expire counting from then. */
  get emptySinceMs(): number {
    return this.#group.emptySinceMs;
  }

  get isEmpty(): boolean {
    return this.state === "Empty";
  }

  /** When {@link expire} must be called; Infinity for never. */
  get deadlineMs(): number {
    return Math.min(this.#rebalance.deadlineMs, ...this.members.all.map(({ deadlineMs }) => deadlineMs));
  }

  join(request: JoinRequest, nowMs: number, reply: Reply<JoinAnswer>): void {
    this.#joins.join(request, nowMs, reply);
  }

  sync(request: SyncRequest, nowMs: number, reply: Reply<SyncAnswer>): void {
    const { memberId, groupInstanceId, generationId, protocolType, protocolName } = request;
    const error = this.members.errorOf(memberId, groupInstanceId);
    const member = this.members.get(memberId);
    if (error !== ErrorCode.NONE || member === undefined) return reply(syncError(error));
    if (generationId !== this.#group.generationId) return reply(syncError(ErrorCode.ILLEGAL_GENERATION));
    if (isOther(protocolType, this.#group.protocolType) || isOther(protocolName, this.#group.protocolName))
      return reply(syncError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL));
    switch (this.#group.state) {
      case "Empty":
        return reply(syncError(ErrorCode.UNKNOWN_MEMBER_ID));
      case "PreparingRebalance":
        return reply(syncError(ErrorCode.REBALANCE_IN_PROGRESS));
      case "CompletingRebalance":
        member.sync = reply;
        this.#rebalance.pendingSync.delete(memberId);
        if (this.members.leaderId === memberId) this.#rebalance.assign(request, nowMs);
        return;
      case "Stable":
        this.#rebalance.pendingSync.delete(memberId);
        return reply(this.#group.synced(member));
    }
  }

  heartbeat(memberId: string, groupInstanceId: string | null, generationId: number, nowMs: number): number {
    const error = this.members.errorOf(memberId, groupInstanceId);
    const member = this.members.get(memberId);
    if (error !== ErrorCode.NONE || member === undefined) return error;
    if (generationId !== this.#group.generationId) return ErrorCode.ILLEGAL_GENERATION;
    if (this.#group.state === "Empty") return ErrorCode.UNKNOWN_MEMBER_ID;
    member.heard(nowMs);
    return this.#group.state === "PreparingRebalance" ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
  }

  /** Members leave; returns one error code each. The rebalance begins after all of them have left. */
  leave(
    leaving: readonly { readonly memberId: string; readonly groupInstanceId: string | null }[],
    nowMs: number,
  ): readonly number[] {
    const errors = leaving.map((one) => this.#leave(one.memberId, one.groupInstanceId));
    if (errors.includes(ErrorCode.NONE)) this.#rebalance.membersGone(nowMs);
    return errors;
  }

  /** Handles the deadlines that have passed. */
  expire(nowMs: number): void {
    this.#rebalance.expirePendingJoins(nowMs);
    for (const member of this.members.all) {
      if (member.deadlineMs > nowMs || this.members.get(member.memberId) !== member) continue;
      // A member that waits for the others is alive; its response restarts its session.
      if (!member.isNew && (member.join !== undefined || member.sync !== undefined)) member.deadlineMs = Infinity;
      else this.#fail(member, nowMs);
    }
    this.#rebalance.expire(nowMs);
  }

  /** Whether its members read a topic, as far as that is known: offsets of such a topic are not deleted. */
  isSubscribedTo(topic: string): boolean {
    if (this.#group.protocolType !== CONSUMER_PROTOCOL || this.members.size === 0) return false;
    const subscriptions = this.members.all.map((member) =>
      subscribedTopicsOf(member.metadataOf(this.#group.protocolName ?? "")),
    );
    return subscriptions.some((topics) => topics?.includes(topic) ?? true);
  }

  /** The error if offsets cannot be deleted: it is unknown which topics members of other protocols read. */
  get deleteOffsetsError(): number {
    return this.#group.state === "Empty" || this.#group.protocolType === CONSUMER_PROTOCOL
      ? ErrorCode.NONE
      : ErrorCode.NON_EMPTY_GROUP;
  }

  /** The error of a commit that is refused. */
  commitError({ memberId, groupInstanceId, generation }: Committer, { isTransactional }: Commit): number {
    if (generation < 0 && this.#group.state === "Empty") return ErrorCode.NONE;
    if (generation >= 0 || memberId !== "" || groupInstanceId !== null) {
      const error = this.members.errorOf(memberId, groupInstanceId);
      if (error !== ErrorCode.NONE) return error;
      if (generation !== this.#group.generationId) return ErrorCode.ILLEGAL_GENERATION;
    } else if (!isTransactional) return ErrorCode.UNKNOWN_MEMBER_ID;
    return !isTransactional && this.#group.state === "CompletingRebalance"
      ? ErrorCode.REBALANCE_IN_PROGRESS
      : ErrorCode.NONE;
  }

  /** The error of OffsetFetch: none, for any caller. */
  fetchError(): number {
    return ErrorCode.NONE;
  }

  /** A commit is a sign of life. */
  committed(memberId: string, nowMs: number): void {
    const member = this.members.get(memberId);
    if (member !== undefined && (this.#group.state === "Stable" || this.#group.state === "PreparingRebalance"))
      member.heard(nowMs);
  }

  /**
   * Another broker is the coordinator now. Waiting requests get an error that sends their clients there, and only the
   * last complete generation is kept, as that is all that was written.
   */
  moved(errorCode: number): void {
    this.answerAll(errorCode);
    this.#group.restore();
    this.#rebalance.clear();
  }

  /** The coordinator has loaded the group: every session begins again. */
  loaded(nowMs: number): void {
    for (const member of this.members.all) member.heard(nowMs);
  }

  /** Answers every waiting request. */
  answerAll(errorCode: number): void {
    for (const member of this.members.all) {
      member.answerJoin(joinError(errorCode, member.memberId));
      member.answerSync(syncError(errorCode));
    }
  }

  /** Takes over the members of a KIP-848 group that has only classic members left. They must join again. */
  adopt(members: readonly ClassicMember[], protocolType: string, nowMs: number): void {
    for (const member of members) {
      this.members.add(member);
      member.heard(nowMs);
    }
    this.#group.protocolType = protocolType;
    this.#group.protocolName = this.members.selectProtocol();
    this.#group.state = "Stable";
    this.#group.save();
  }

  /** Makes all members join again. */
  rebalance(nowMs: number): void {
    if (this.#group.state === "Stable" || this.#group.state === "CompletingRebalance") this.#rebalance.prepare(nowMs);
  }

  #fail(member: ClassicMember, nowMs: number): void {
    member.answerJoin(joinError(ErrorCode.UNKNOWN_MEMBER_ID, ""));
    this.#rebalance.remove(member);
    this.#rebalance.membersGone(nowMs);
  }

  #leave(memberId: string, groupInstanceId: string | null): number {
    if (this.#rebalance.pendingJoin.delete(memberId)) return ErrorCode.NONE;
    const error = memberId === "" ? ErrorCode.NONE : this.members.errorOf(memberId, groupInstanceId);
    if (error !== ErrorCode.NONE) return error;
    // An administrator names a static member by its instance id alone.
    const member = memberId === "" ? this.members.ofInstance(groupInstanceId) : this.members.get(memberId);
    if (member === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
    member.answerJoin(joinError(ErrorCode.UNKNOWN_MEMBER_ID, ""));
    this.#rebalance.remove(member);
    return ErrorCode.NONE;
  }
}

/** Whether a request names another value than the group has. Null stands for the group's own. */
function isOther(named: string | null, known: string | undefined): boolean {
  return named !== null && known !== undefined && named !== known;
}

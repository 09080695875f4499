import * as ErrorCode from "../../../errors/error-code.ts";
import {
  ClassicMember,
  type JoinAnswer,
  type JoinRequest,
  NO_BYTES,
  type Reply,
  type SyncAnswer,
  joinError,
  syncError,
} from "./classic-member.ts";
import { ClassicMembers } from "./classic-members.ts";
import type { Commit, Committer } from "./committer.ts";
import { CONSUMER_PROTOCOL, subscriptionOf } from "./consumer-protocol.ts";
import type { GroupConfigs } from "./group-configs.ts";

/** The states of a classic group, by Kafka's names. */
export type ClassicState = "Empty" | "PreparingRebalance" | "CompletingRebalance" | "Stable";

/** The fields of SyncGroup. */
export interface SyncRequest {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly generationId: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[];
}

/** The last complete generation of a group: a new coordinator loads nothing else. */
interface Saved {
  readonly generationId: number;
  readonly protocolType: string | undefined;
  readonly protocolName: string | undefined;
  readonly leaderId: string | undefined;
  readonly members: readonly ClassicMember[];
}

/** How long the join of a new member may wait for the group, in ms. */
const NEW_MEMBER_JOIN_TIMEOUT_MS = 300_000;

/**
 * A group of the classic protocol. It has no timers and no I/O. A request that waits for others brings a `reply`
 * function, which is called when its response is known. The owner must call {@link expire} at {@link deadlineMs}.
 */
export class ClassicGroup {
  readonly type = "classic";
  readonly members: ClassicMembers = new ClassicMembers();
  state: ClassicState = "Empty";
  generationId: number;
  protocolType: string | undefined;
  protocolName: string | undefined;
  /** When it became empty; its offsets expire counting from then. */
  emptySinceMs = 0;
  readonly #configs: GroupConfigs;
  readonly #newId: (clientId: string) => string;
  /** Member ids that were given out, but have not joined yet, each with its deadline. */
  readonly #pendingJoin = new Map<string, number>();
  readonly #pendingSync = new Set<string>();
  #joinDeadlineMs = Infinity;
  #syncDeadlineMs = Infinity;
  /**
   * The state of the first rebalance, which waits for more members: how long it may still wait, and whether a member
   * has joined since.
   */
  #initial: { leftMs: number; isJoined: boolean } | undefined;
  #saved: Saved = {
    generationId: 0,
    protocolType: undefined,
    protocolName: undefined,
    leaderId: undefined,
    members: [],
  };

  /** @param newId makes the id of a member from the name of its client or instance */
  constructor(configs: GroupConfigs, newId: (name: string) => string, generationId = 0) {
    this.#configs = configs;
    this.#newId = newId;
    this.generationId = generationId;
  }

  get isEmpty(): boolean {
    return this.state === "Empty";
  }

  /** When {@link expire} must be called; Infinity for never. */
  get deadlineMs(): number {
    return Math.min(
      this.#joinDeadlineMs,
      this.#syncDeadlineMs,
      ...this.#pendingJoin.values(),
      ...this.members.all.map(({ deadlineMs }) => deadlineMs),
    );
  }

  join(request: JoinRequest, nowMs: number, reply: Reply<JoinAnswer>): void {
    const { memberId } = request;
    if (!this.#accepts(memberId)) {
      const member = this.members.get(memberId);
      if (member !== undefined) this.#remove(member);
      this.#pendingJoin.delete(memberId);
      return reply(joinError(ErrorCode.GROUP_MAX_SIZE_REACHED, ""));
    }
    if (!this.#supports(request)) return reply(joinError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, memberId));
    if (memberId === "") this.#joinUnknown(request, nowMs, reply);
    else this.#joinKnown(request, nowMs, reply);
  }

  sync(request: SyncRequest, nowMs: number, reply: Reply<SyncAnswer>): void {
    const { memberId, groupInstanceId, generationId, protocolType, protocolName } = request;
    const error = this.members.errorOf(memberId, groupInstanceId);
    const member = this.members.get(memberId);
    if (error !== ErrorCode.NONE || member === undefined) return reply(syncError(error));
    if (generationId !== this.generationId) return reply(syncError(ErrorCode.ILLEGAL_GENERATION));
    if (isOther(protocolType, this.protocolType) || isOther(protocolName, this.protocolName))
      return reply(syncError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL));
    switch (this.state) {
      case "Empty":
        return reply(syncError(ErrorCode.UNKNOWN_MEMBER_ID));
      case "PreparingRebalance":
        return reply(syncError(ErrorCode.REBALANCE_IN_PROGRESS));
      case "CompletingRebalance":
        member.sync = reply;
        this.#pendingSync.delete(memberId);
        if (this.members.leaderId === memberId) this.#assign(request, nowMs);
        return;
      case "Stable":
        this.#pendingSync.delete(memberId);
        return reply(this.#synced(member));
    }
  }

  heartbeat(memberId: string, groupInstanceId: string | null, generationId: number, nowMs: number): number {
    const error = this.members.errorOf(memberId, groupInstanceId);
    const member = this.members.get(memberId);
    if (error !== ErrorCode.NONE || member === undefined) return error;
    if (generationId !== this.generationId) return ErrorCode.ILLEGAL_GENERATION;
    if (this.state === "Empty") return ErrorCode.UNKNOWN_MEMBER_ID;
    this.#heard(member, nowMs);
    return this.state === "PreparingRebalance" ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
  }

  /** Members leave; returns one error code each. The rebalance begins after all of them have left. */
  leave(
    leaving: readonly { readonly memberId: string; readonly groupInstanceId: string | null }[],
    nowMs: number,
  ): readonly number[] {
    const errors = leaving.map((one) => this.#leave(one.memberId, one.groupInstanceId));
    if (errors.includes(ErrorCode.NONE)) {
      if (this.state === "PreparingRebalance") this.#maybeCompleteJoin(nowMs);
      else if (this.state !== "Empty") this.#prepareRebalance(nowMs);
    }
    return errors;
  }

  /** Handles the deadlines that have passed. */
  expire(nowMs: number): void {
    for (const [memberId, deadlineMs] of [...this.#pendingJoin]) {
      if (deadlineMs > nowMs) continue;
      this.#pendingJoin.delete(memberId);
      this.#maybeCompleteJoin(nowMs);
    }
    for (const member of this.members.all) {
      if (member.deadlineMs > nowMs || this.members.get(member.memberId) !== member) continue;
      // A member that waits for the others is alive; its response restarts its session.
      if (!member.isNew && (member.join !== undefined || member.sync !== undefined)) member.deadlineMs = Infinity;
      else this.#fail(member, nowMs);
    }
    if (this.#syncDeadlineMs <= nowMs) this.#syncIsOver(nowMs);
    if (this.#joinDeadlineMs <= nowMs) this.#joinIsOver(nowMs);
  }

  /** Whether its members read a topic, as far as that is known: offsets of such a topic are not deleted. */
  isSubscribedTo(topic: string): boolean {
    if (this.protocolType !== CONSUMER_PROTOCOL || this.members.size === 0) return false;
    const subscriptions = this.members.all.map((member) => subscriptionOf(member.metadataOf(this.protocolName ?? "")));
    return subscriptions.some((one) => one?.message.topics.includes(topic) ?? true);
  }

  /** The error if offsets cannot be deleted: it is unknown which topics members of other protocols read. */
  get deleteOffsetsError(): number {
    return this.isEmpty || this.protocolType === CONSUMER_PROTOCOL ? ErrorCode.NONE : ErrorCode.NON_EMPTY_GROUP;
  }

  /** The error of a commit that is refused. */
  commitError({ memberId, groupInstanceId, generation }: Committer, { isTransactional }: Commit): number {
    if (generation < 0 && this.isEmpty) return ErrorCode.NONE;
    if (generation >= 0 || memberId !== "" || groupInstanceId !== null) {
      const error = this.members.errorOf(memberId, groupInstanceId);
      if (error !== ErrorCode.NONE) return error;
      if (generation !== this.generationId) return ErrorCode.ILLEGAL_GENERATION;
    } else if (!isTransactional) return ErrorCode.UNKNOWN_MEMBER_ID;
    return !isTransactional && this.state === "CompletingRebalance" ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
  }

  /** The error of OffsetFetch: none, for any caller. */
  fetchError(): number {
    return ErrorCode.NONE;
  }

  /** A commit is a sign of life. */
  committed(memberId: string, nowMs: number): void {
    const member = this.members.get(memberId);
    if (member !== undefined && (this.state === "Stable" || this.state === "PreparingRebalance"))
      this.#heard(member, nowMs);
  }

  /**
   * Another broker is the coordinator now. Waiting requests get an error that sends their clients there, and only the
   * last complete generation is kept, as that is all that was written.
   */
  moved(errorCode: number): void {
    this.answerAll(errorCode);
    const { generationId, protocolType, protocolName, leaderId, members } = this.#saved;
    this.members.clear();
    for (const member of members) this.members.add(new ClassicMember(member));
    this.members.leaderId = leaderId;
    this.generationId = generationId;
    this.protocolType = protocolType;
    this.protocolName = protocolName;
    this.state = members.length === 0 ? "Empty" : "Stable";
    this.#pendingJoin.clear();
    this.#pendingSync.clear();
    this.#initial = undefined;
    this.#joinDeadlineMs = this.#syncDeadlineMs = Infinity;
  }

  /** The coordinator has loaded the group: every session begins again. */
  loaded(nowMs: number): void {
    for (const member of this.members.all) this.#heard(member, nowMs);
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
      this.#heard(member, nowMs);
    }
    this.protocolType = protocolType;
    this.protocolName = this.members.selectProtocol();
    this.state = "Stable";
    this.#save();
  }

  /** Makes all members join again. */
  rebalance(nowMs: number): void {
    if (this.state === "Stable" || this.state === "CompletingRebalance") this.#prepareRebalance(nowMs);
  }

  #accepts(memberId: string): boolean {
    const { maxSize } = this.#configs;
    const joined = this.members.all.filter(({ join }) => join !== undefined).length;
    switch (this.state) {
      case "Empty":
        return true;
      case "PreparingRebalance":
        return this.members.get(memberId)?.join !== undefined || joined < maxSize;
      case "CompletingRebalance":
      case "Stable":
        return this.members.get(memberId) !== undefined || this.members.size < maxSize;
    }
  }

  #supports({ protocolType, protocols }: JoinRequest): boolean {
    if (this.isEmpty) return protocolType !== "" && protocols.length > 0;
    return protocolType === this.protocolType && this.members.supportsAny(protocols);
  }

  #joinUnknown(request: JoinRequest, nowMs: number, reply: Reply<JoinAnswer>): void {
    const { groupInstanceId, clientId, requiresKnownMemberId, sessionTimeoutMs } = request;
    const memberId = this.#newId(groupInstanceId ?? clientId);
    const known = this.members.ofInstance(groupInstanceId);
    if (known !== undefined) return this.#joinAgain(known, { ...request, memberId }, nowMs, reply);
    if (groupInstanceId === null && requiresKnownMemberId) {
      this.#pendingJoin.set(memberId, nowMs + sessionTimeoutMs);
      return reply(joinError(ErrorCode.MEMBER_ID_REQUIRED, memberId));
    }
    this.#addMember({ ...request, memberId }, nowMs, reply);
  }

  #joinKnown(request: JoinRequest, nowMs: number, reply: Reply<JoinAnswer>): void {
    const { memberId, groupInstanceId, protocols } = request;
    if (this.#pendingJoin.has(memberId)) {
      if (groupInstanceId !== null) return reply(joinError(ErrorCode.UNKNOWN_SERVER_ERROR, memberId));
      return this.#addMember(request, nowMs, reply);
    }
    const error = this.members.errorOf(memberId, groupInstanceId);
    const member = this.members.get(memberId);
    if (error !== ErrorCode.NONE || member === undefined) return reply(joinError(error, memberId));
    switch (this.state) {
      case "Empty":
        return reply(joinError(ErrorCode.UNKNOWN_MEMBER_ID, ""));
      case "PreparingRebalance":
        return this.#update(member, request, nowMs, reply);
      case "CompletingRebalance":
        if (!member.matches(protocols)) return this.#update(member, request, nowMs, reply);
        return reply(this.#joined(member)); // its response was lost
      case "Stable":
        if (this.members.leaderId === memberId || !member.matches(protocols))
          return this.#update(member, request, nowMs, reply);
        return reply({ ...this.#joined(member), members: [] });
    }
  }

  /** A static member returns with a new id. The others need not notice, unless the protocol changes. */
  #joinAgain(old: ClassicMember, request: JoinRequest, nowMs: number, reply: Reply<JoinAnswer>): void {
    const leader = this.members.leaderId ?? "";
    const member = new ClassicMember({ ...request, assignment: old.assignment });
    old.answerJoin(joinError(ErrorCode.FENCED_INSTANCE_ID, old.memberId));
    old.answerSync(syncError(ErrorCode.FENCED_INSTANCE_ID));
    this.members.replace(old, member);
    if (this.#pendingSync.delete(old.memberId)) this.#pendingSync.add(member.memberId);
    this.#heard(member, nowMs);
    member.join = reply;
    switch (this.state) {
      case "Stable": {
        if (this.members.selectProtocol() !== this.protocolName) return this.#prepareRebalance(nowMs);
        this.#save();
        const joined = this.#joined(member);
        const isLeader = this.members.leaderId === member.memberId;
        return member.answerJoin(
          request.supportsSkippingAssignment
            ? { ...joined, skipAssignment: isLeader }
            : { ...joined, leader, members: [] },
        );
      }
      case "CompletingRebalance":
        return this.#prepareRebalance(nowMs);
      case "PreparingRebalance":
      case "Empty":
        return this.#maybeCompleteJoin(nowMs);
    }
  }

  #addMember(request: JoinRequest, nowMs: number, reply: Reply<JoinAnswer>): void {
    const member = new ClassicMember({ ...request, assignment: NO_BYTES });
    member.isNew = true;
    member.join = reply;
    member.deadlineMs = nowMs + NEW_MEMBER_JOIN_TIMEOUT_MS;
    if (this.#initial !== undefined) this.#initial.isJoined = true;
    if (this.members.size === 0) this.protocolType = request.protocolType;
    this.members.add(member);
    this.#pendingJoin.delete(member.memberId);
    this.#joinOrRebalance(nowMs);
  }

  #update(
    member: ClassicMember,
    { protocols, sessionTimeoutMs, rebalanceTimeoutMs }: JoinRequest,
    nowMs: number,
    reply: Reply<JoinAnswer>,
  ): void {
    member.protocols = protocols;
    member.sessionTimeoutMs = sessionTimeoutMs;
    member.rebalanceTimeoutMs = rebalanceTimeoutMs;
    member.join = reply;
    this.#joinOrRebalance(nowMs);
  }

  #joinOrRebalance(nowMs: number): void {
    if (this.state === "PreparingRebalance") this.#maybeCompleteJoin(nowMs);
    else this.#prepareRebalance(nowMs);
  }

  #prepareRebalance(nowMs: number): void {
    if (this.state === "CompletingRebalance") for (const member of this.members.all) this.#resetAssignment(member);
    this.#syncDeadlineMs = Infinity;
    const isFirst = this.state === "Empty";
    this.state = "PreparingRebalance";
    if (isFirst) {
      const delayMs = this.#configs.initialRebalanceDelayMs;
      this.#initial = { leftMs: Math.max(this.members.longestRebalanceMs - delayMs, 0), isJoined: false };
      this.#joinDeadlineMs = nowMs + delayMs;
      if (delayMs === 0) this.#joinIsOver(nowMs);
      return;
    }
    this.#joinDeadlineMs = nowMs + this.members.longestRebalanceMs;
    this.#maybeCompleteJoin(nowMs);
  }

  #resetAssignment(member: ClassicMember): void {
    member.assignment = NO_BYTES;
    member.answerSync(syncError(ErrorCode.REBALANCE_IN_PROGRESS));
  }

  #maybeCompleteJoin(nowMs: number): void {
    if (this.state !== "PreparingRebalance" || this.#initial !== undefined || this.#pendingJoin.size > 0) return;
    if (this.members.all.every(({ join }) => join !== undefined)) this.#completeJoin(nowMs);
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
    for (const member of this.members.all)
      if (member.join === undefined && member.groupInstanceId === null) this.#remove(member);
    if (this.members.size > 0 && !this.members.electJoined()) {
      // Only static members are left, and all are absent: they have until their sessions end.
      this.#joinDeadlineMs = nowMs + this.members.longestRebalanceMs;
      return;
    }
    this.generationId++;
    this.#pendingSync.clear();
    if (this.members.size === 0) return this.#becomeEmpty(nowMs);
    this.protocolName = this.members.selectProtocol();
    this.state = "CompletingRebalance";
    this.#syncDeadlineMs = nowMs + this.members.longestRebalanceMs;
    for (const member of this.members.all) {
      member.answerJoin(this.#joined(member));
      this.#heard(member, nowMs);
      member.isNew = false;
      this.#pendingSync.add(member.memberId);
    }
  }

  #becomeEmpty(nowMs: number): void {
    this.state = "Empty";
    this.protocolName = undefined;
    this.emptySinceMs = nowMs;
    this.#save();
  }

  /** The leader has sent the assignment. */
  #assign({ assignments }: SyncRequest, nowMs: number): void {
    const given = new Map(assignments.map(({ memberId, assignment }) => [memberId, assignment]));
    this.state = "Stable";
    for (const member of this.members.all) {
      member.assignment = given.get(member.memberId) ?? NO_BYTES;
      if (member.sync === undefined) continue;
      member.answerSync(this.#synced(member));
      this.#heard(member, nowMs);
    }
    this.#save();
  }

  /** A member that has not sent SyncGroup in time is removed. */
  #syncIsOver(nowMs: number): void {
    this.#syncDeadlineMs = Infinity;
    if (this.#pendingSync.size === 0 || this.state === "PreparingRebalance" || this.state === "Empty") return;
    for (const memberId of this.#pendingSync) {
      const member = this.members.get(memberId);
      if (member !== undefined) this.#remove(member);
    }
    this.#pendingSync.clear();
    this.#prepareRebalance(nowMs);
  }

  #fail(member: ClassicMember, nowMs: number): void {
    member.answerJoin(joinError(ErrorCode.UNKNOWN_MEMBER_ID, ""));
    this.#remove(member);
    if (this.state === "PreparingRebalance") this.#maybeCompleteJoin(nowMs);
    else if (this.state !== "Empty") this.#prepareRebalance(nowMs);
  }

  #leave(memberId: string, groupInstanceId: string | null): number {
    if (this.#pendingJoin.delete(memberId)) return ErrorCode.NONE;
    const error = memberId === "" ? ErrorCode.NONE : this.members.errorOf(memberId, groupInstanceId);
    if (error !== ErrorCode.NONE) return error;
    // An administrator names a static member by its instance id alone.
    const member = memberId === "" ? this.members.ofInstance(groupInstanceId) : this.members.get(memberId);
    if (member === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
    member.answerJoin(joinError(ErrorCode.UNKNOWN_MEMBER_ID, ""));
    this.#remove(member);
    return ErrorCode.NONE;
  }

  #remove(member: ClassicMember): void {
    this.members.remove(member);
    this.#pendingSync.delete(member.memberId);
    // Answer its waiting requests: otherwise its connection would wait forever.
    member.answerJoin(joinError(ErrorCode.UNKNOWN_MEMBER_ID, ""));
    member.answerSync(syncError(ErrorCode.UNKNOWN_MEMBER_ID));
  }

  #heard(member: ClassicMember, nowMs: number): void {
    member.deadlineMs = nowMs + member.sessionTimeoutMs;
  }

  #joined(member: ClassicMember): JoinAnswer {
    const isLeader = this.members.leaderId === member.memberId;
    return {
      errorCode: ErrorCode.NONE,
      memberId: member.memberId,
      generationId: this.generationId,
      protocolType: this.protocolType ?? null,
      protocolName: this.protocolName ?? null,
      leader: this.members.leaderId ?? "",
      skipAssignment: false,
      members: isLeader ? this.members.described(this.protocolName ?? "") : [],
    };
  }

  #synced(member: ClassicMember): SyncAnswer {
    return {
      errorCode: ErrorCode.NONE,
      protocolType: this.protocolType ?? null,
      protocolName: this.protocolName ?? null,
      assignment: member.assignment,
    };
  }

  #save(): void {
    const { generationId, protocolType, protocolName } = this;
    this.#saved = {
      generationId,
      protocolType,
      protocolName,
      leaderId: this.members.leaderId,
      members: this.members.all.map((member) => new ClassicMember(member)),
    };
  }
}

/** Whether a request names another value than the group has. Null stands for the group's own. */
function isOther(named: string | null, known: string | undefined): boolean {
  return named !== null && known !== undefined && named !== known;
}

import * as ErrorCode from "../../../errors/error-code.ts";
import type { ClassicGeneration } from "./classic-generation.ts";
import {
  ClassicMember,
  type JoinAnswer,
  type JoinRequest,
  joinError,
  NO_BYTES,
  type Reply,
  syncError,
} from "./classic-member.ts";
import type { ClassicRebalance } from "./classic-rebalance.ts";
import type { GroupConfigs } from "./group-configs.ts";

/** How long the join of a new member may wait for the group, in ms. */
const NEW_MEMBER_JOIN_TIMEOUT_MS = 300_000;

/** Serves JoinGroup: of new members, of known ones, and of static members that return. */
export class ClassicJoins {
  readonly #group: ClassicGeneration;
  readonly #rebalance: ClassicRebalance;
  readonly #configs: GroupConfigs;
  readonly #newId: (name: string) => string;

  /** @param newId makes the id of a member from the name of its client or instance */
  constructor(
    group: ClassicGeneration,
    rebalance: ClassicRebalance,
    configs: GroupConfigs,
    newId: (name: string) => string,
  ) {
    this.#group = group;
    this.#rebalance = rebalance;
    this.#configs = configs;
    this.#newId = newId;
  }

  join(request: JoinRequest, nowMs: number, reply: Reply<JoinAnswer>): void {
    const { memberId } = request;
    if (!this.#accepts(memberId)) {
      const member = this.#group.members.get(memberId);
      if (member !== undefined) this.#rebalance.remove(member);
      this.#rebalance.pendingJoin.delete(memberId);
      return reply(joinError(ErrorCode.GROUP_MAX_SIZE_REACHED, ""));
    }
    if (!this.#supports(request)) return reply(joinError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, memberId));
    if (memberId === "") this.#joinUnknown(request, nowMs, reply);
    else this.#joinKnown(request, nowMs, reply);
  }

  #accepts(memberId: string): boolean {
    const { maxSize } = this.#configs;
    const joined = this.#group.members.all.filter(({ join }) => join !== undefined).length;
    switch (this.#group.state) {
      case "Empty":
        return true;
      case "PreparingRebalance":
        return this.#group.members.get(memberId)?.join !== undefined || joined < maxSize;
      case "CompletingRebalance":
      case "Stable":
        return this.#group.members.get(memberId) !== undefined || this.#group.members.size < maxSize;
    }
  }

  #supports({ protocolType, protocols }: JoinRequest): boolean {
    if (this.#group.state === "Empty") return protocolType !== "" && protocols.length > 0;
    return protocolType === this.#group.protocolType && this.#group.members.supportsAny(protocols);
  }

  #joinUnknown(request: JoinRequest, nowMs: number, reply: Reply<JoinAnswer>): void {
    const { groupInstanceId, clientId, requiresKnownMemberId, sessionTimeoutMs } = request;
    const memberId = this.#newId(groupInstanceId ?? clientId);
    const known = this.#group.members.ofInstance(groupInstanceId);
    if (known !== undefined) return this.#joinAgain(known, { ...request, memberId }, nowMs, reply);
    if (groupInstanceId === null && requiresKnownMemberId) {
      this.#rebalance.pendingJoin.set(memberId, nowMs + sessionTimeoutMs);
      return reply(joinError(ErrorCode.MEMBER_ID_REQUIRED, memberId));
    }
    this.#addMember({ ...request, memberId }, nowMs, reply);
  }

  #joinKnown(request: JoinRequest, nowMs: number, reply: Reply<JoinAnswer>): void {
    const { memberId, groupInstanceId, protocols } = request;
    if (this.#rebalance.pendingJoin.has(memberId)) {
      if (groupInstanceId !== null) return reply(joinError(ErrorCode.UNKNOWN_SERVER_ERROR, memberId));
      return this.#addMember(request, nowMs, reply);
    }
    const error = this.#group.members.errorOf(memberId, groupInstanceId);
    const member = this.#group.members.get(memberId);
    if (error !== ErrorCode.NONE || member === undefined) return reply(joinError(error, memberId));
    switch (this.#group.state) {
      case "Empty":
        return reply(joinError(ErrorCode.UNKNOWN_MEMBER_ID, ""));
      case "PreparingRebalance":
        return this.#update(member, request, nowMs, reply);
      case "CompletingRebalance":
        if (!member.matches(protocols)) return this.#update(member, request, nowMs, reply);
        return reply(this.#group.joined(member)); // its response was lost
      case "Stable":
        if (this.#group.members.leaderId === memberId || !member.matches(protocols))
          return this.#update(member, request, nowMs, reply);
        return reply({ ...this.#group.joined(member), members: [] });
    }
  }

  /** A static member returns with a new id. The others need not notice, unless the protocol changes. */
  #joinAgain(old: ClassicMember, request: JoinRequest, nowMs: number, reply: Reply<JoinAnswer>): void {
    const leader = this.#group.members.leaderId ?? "";
    const member = new ClassicMember({ ...request, assignment: old.assignment });
    old.answerJoin(joinError(ErrorCode.FENCED_INSTANCE_ID, old.memberId));
    old.answerSync(syncError(ErrorCode.FENCED_INSTANCE_ID));
    this.#group.members.replace(old, member);
    if (this.#rebalance.pendingSync.delete(old.memberId)) this.#rebalance.pendingSync.add(member.memberId);
    member.heard(nowMs);
    member.join = reply;
    switch (this.#group.state) {
      case "Stable": {
        if (this.#group.members.selectProtocol() !== this.#group.protocolName) return this.#rebalance.prepare(nowMs);
        this.#group.save();
        const joined = this.#group.joined(member);
        const isLeader = this.#group.members.leaderId === member.memberId;
        return member.answerJoin(
          request.supportsSkippingAssignment
            ? { ...joined, skipAssignment: isLeader }
            : { ...joined, leader, members: [] },
        );
      }
      case "CompletingRebalance":
        return this.#rebalance.prepare(nowMs);
      case "PreparingRebalance":
      case "Empty":
        return this.#rebalance.maybeCompleteJoin(nowMs);
    }
  }

  #addMember(request: JoinRequest, nowMs: number, reply: Reply<JoinAnswer>): void {
    const member = new ClassicMember({ ...request, assignment: NO_BYTES });
    member.isNew = true;
    member.join = reply;
    member.deadlineMs = nowMs + NEW_MEMBER_JOIN_TIMEOUT_MS;
    if (this.#group.members.size === 0) this.#group.protocolType = request.protocolType;
    this.#group.members.add(member);
    this.#rebalance.memberAdded(member.memberId);
    this.#rebalance.changed(nowMs);
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
    this.#rebalance.changed(nowMs);
  }
}

import * as ErrorCode from "../../../errors/error-code.ts";
import type { JoinAnswer, JoinRequest, Reply, SyncAnswer, SyncRequest } from "./classic-member.ts";
import { beatConsumerGroup, joinConsumerGroup, leaveConsumerGroup, syncConsumerGroup } from "./classic-in-consumer.ts";
import type { ClassicGroup } from "./classic-group.ts";
import { joinError, syncError } from "./classic-member.ts";
import type { Commit, Committer } from "./committer.ts";
import type { ConsumerGroup } from "./consumer-group.ts";
import { type ConsumerHeartbeat, type ConsumerHeartbeatAnswer, type Refusal, refused } from "./consumer-heartbeat.ts";
import { Group, type GroupHost, newClassicGroup, newConsumerGroup } from "./group.ts";
import { maybeDowngrade, upgraded } from "./migration.ts";

/** A member that leaves, as LeaveGroup names it. */
export interface Leaving {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
}

/** The groups of a cluster, and the operations on them, without timers and I/O. */
export class Groups {
  readonly #byId = new Map<string, Group>();
  readonly #host: GroupHost;

  constructor(host: GroupHost) {
    this.#host = host;
  }

  get all(): Iterable<Group> {
    return this.#byId.values();
  }

  get(groupId: string): Group | undefined {
    return this.#byId.get(groupId);
  }

  /** The group; created if it does not exist, by a first commit or a first member. */
  for(groupId: string): Group {
    let group = this.#byId.get(groupId);
    if (group === undefined) this.#byId.set(groupId, (group = new Group(groupId, this.#host)));
    return group;
  }

  /** JoinGroup. The reply may come much later. */
  join(groupId: string, request: JoinRequest, nowMs: number, reply: Reply<JoinAnswer>): void {
    const { minSessionTimeoutMs, maxSessionTimeoutMs } = this.#host.configs;
    const { memberId, sessionTimeoutMs } = request;
    if (sessionTimeoutMs < minSessionTimeoutMs || sessionTimeoutMs > maxSessionTimeoutMs)
      return reply(joinError(ErrorCode.INVALID_SESSION_TIMEOUT, memberId));
    if (memberId !== "" && !this.#byId.has(groupId)) return reply(joinError(ErrorCode.UNKNOWN_MEMBER_ID, memberId));
    const group = this.for(groupId);
    if (group.members.type === "consumer" && !group.members.isEmpty)
      reply(joinConsumerGroup(group.members, request, this.#host, nowMs));
    else this.#classicOf(group).join(request, nowMs, reply);
    maybeDowngrade(group, this.#host, nowMs, false);
  }

  /** SyncGroup. The reply comes when the leader has sent the assignment. */
  sync(groupId: string, request: SyncRequest, nowMs: number, reply: Reply<SyncAnswer>): void {
    const group = this.#byId.get(groupId);
    if (group === undefined) return reply(syncError(ErrorCode.UNKNOWN_MEMBER_ID));
    if (group.members.type === "consumer") reply(syncConsumerGroup(group.members, request, this.#host, nowMs));
    else group.members.sync(request, nowMs, reply);
  }

  /** Heartbeat. */
  heartbeat(
    groupId: string,
    memberId: string,
    groupInstanceId: string | null,
    generationId: number,
    nowMs: number,
  ): number {
    const members = this.#byId.get(groupId)?.members;
    if (members?.type === "consumer") return beatConsumerGroup(members, memberId, groupInstanceId, generationId, nowMs);
    return members?.heartbeat(memberId, groupInstanceId, generationId, nowMs) ?? ErrorCode.UNKNOWN_MEMBER_ID;
  }

  /** LeaveGroup: returns an error code for each member. */
  leave(groupId: string, leaving: readonly Leaving[], nowMs: number): readonly number[] {
    const group = this.#byId.get(groupId);
    if (group === undefined) return leaving.map(() => ErrorCode.UNKNOWN_MEMBER_ID);
    const errors =
      group.members.type === "consumer"
        ? leaveConsumerGroup(group.members, leaving, nowMs)
        : group.members.leave(leaving, nowMs);
    maybeDowngrade(group, this.#host, nowMs);
    return errors;
  }

  /**
   * ConsumerGroupHeartbeat (KIP-848). A classic group with members is upgraded, if the migration policy allows that.
   */
  consumerHeartbeat(request: ConsumerHeartbeat, nowMs: number): ConsumerHeartbeatAnswer | Refusal {
    const { groupId, memberEpoch } = request;
    const group = this.#byId.get(groupId);
    const members = memberEpoch === 0 ? this.#consumerOf(groupId, nowMs) : group?.members;
    if (members === undefined)
      return refused(
        ErrorCode.GROUP_ID_NOT_FOUND,
        memberEpoch < 0 ? `Group ${groupId} not found.` : `Consumer group ${groupId} not found.`,
      );
    if ("errorCode" in members) return members;
    if (members.type === "classic")
      return refused(ErrorCode.GROUP_ID_NOT_FOUND, `Group ${groupId} is not a consumer group.`);
    const answer = memberEpoch < 0 ? members.leave(request, nowMs) : members.heartbeat(request, nowMs);
    if (!("errorCode" in answer)) {
      const known = this.for(groupId);
      known.members = members;
      maybeDowngrade(known, this.#host, nowMs);
    }
    return answer;
  }

  /** DeleteGroups. */
  delete(groupId: string): number {
    const group = this.#byId.get(groupId);
    if (group === undefined) return ErrorCode.GROUP_ID_NOT_FOUND;
    if (!group.members.isEmpty) return ErrorCode.NON_EMPTY_GROUP;
    this.#byId.delete(groupId);
    return ErrorCode.NONE;
  }

  /** Handles the deadlines of a group that have passed. */
  expire(groupId: string, nowMs: number): void {
    const group = this.#byId.get(groupId);
    if (group === undefined) return;
    group.members.expire(nowMs);
    maybeDowngrade(group, this.#host, nowMs);
  }

  /**
   * Forgets the offsets that were not needed for the retention time, and groups that are empty then. Returns when the
   * next may expire; Infinity for never.
   */
  expireOffsets(nowMs: number): number {
    const retentionMs = this.#host.configs.offsetsRetentionMinutes * 60_000;
    let next = Infinity;
    for (const group of this.#byId.values()) {
      next = Math.min(next, group.expireOffsets(nowMs, retentionMs));
      if (group.isNothing) this.#byId.delete(group.groupId);
    }
    return next;
  }

  /** The error of a commit that is refused; `unknown` if the group does not exist, or cannot have the member. */
  commitError(groupId: string, committer: Committer, unknown: number, commit: Commit): number {
    const group = this.#byId.get(groupId);
    if (group !== undefined) return group.members.commitError(committer, commit);
    return committer.generation < 0 ? ErrorCode.NONE : unknown;
  }

  /**
   * A transaction has ended: its marker was written to a partition of the offsets topic. Ends it in the groups of that
   * partition.
   */
  transactionEnded(producerId: number, isCommit: boolean, isOfPartition: (groupId: string) => boolean): void {
    for (const group of this.#byId.values())
      if (isOfPartition(group.groupId)) group.offsets.ended(producerId, isCommit);
  }

  /** A topic was deleted: forgets the offsets that were committed for it. */
  deleteTopic(topic: string): void {
    for (const group of this.#byId.values()) group.offsets.deleteTopic(topic);
  }

  /** The classic group that members join; it replaces an empty group of the other protocol. */
  #classicOf(group: Group): ClassicGroup {
    if (group.members.type === "consumer") group.members = newClassicGroup(this.#host);
    return group.members;
  }

  /** The KIP-848 group that a member joins. */
  #consumerOf(groupId: string, nowMs: number): ConsumerGroup | Refusal {
    const members = this.#byId.get(groupId)?.members;
    if (members?.type === "consumer") return members;
    if (members === undefined || members.isEmpty) return newConsumerGroup(groupId, this.#host);
    return upgraded(groupId, members, this.#host, nowMs);
  }
}

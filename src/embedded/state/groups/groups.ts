import { codes } from "../../codes.ts";
import type { JoinAnswer, JoinRequest, Reply, SyncAnswer } from "./classic-member.ts";
import { joinError, syncError } from "./classic-member.ts";
import type { SyncRequest } from "./classic-group.ts";
import type { Committer } from "./committer.ts";
import { Group, type GroupHost } from "./group.ts";

/** A member that leaves, as LeaveGroup names it. */
export interface Leaving {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
}

/** The groups of a cluster, and what may become of them: without time and I/O of its own. */
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

  /** The group, made where there is none: a first commit does that, and a first member. */
  for(groupId: string): Group {
    let group = this.#byId.get(groupId);
    if (group === undefined) this.#byId.set(groupId, (group = new Group(groupId, this.#host)));
    return group;
  }

  /** JoinGroup. The answer may come much later. */
  join(groupId: string, request: JoinRequest, nowMs: number, reply: Reply<JoinAnswer>): void {
    const { minSessionTimeoutMs, maxSessionTimeoutMs } = this.#host.configs;
    const { memberId, sessionTimeoutMs } = request;
    if (sessionTimeoutMs < minSessionTimeoutMs || sessionTimeoutMs > maxSessionTimeoutMs) return reply(joinError(codes.INVALID_SESSION_TIMEOUT, memberId));
    if (memberId !== "" && !this.#byId.has(groupId)) return reply(joinError(codes.UNKNOWN_MEMBER_ID, memberId));
    this.for(groupId).members.join(request, nowMs, reply);
  }

  /** SyncGroup. The answer comes when the leader has spoken. */
  sync(groupId: string, request: SyncRequest, nowMs: number, reply: Reply<SyncAnswer>): void {
    const group = this.#byId.get(groupId);
    if (group === undefined) return reply(syncError(codes.UNKNOWN_MEMBER_ID));
    group.members.sync(request, nowMs, reply);
  }

  /** Heartbeat. */
  heartbeat(groupId: string, memberId: string, groupInstanceId: string | null, generationId: number, nowMs: number): number {
    return this.#byId.get(groupId)?.members.heartbeat(memberId, groupInstanceId, generationId, nowMs) ?? codes.UNKNOWN_MEMBER_ID;
  }

  /** LeaveGroup: an error code for each. */
  leave(groupId: string, leaving: readonly Leaving[], nowMs: number): readonly number[] {
    return this.#byId.get(groupId)?.members.leave(leaving, nowMs) ?? leaving.map(() => codes.UNKNOWN_MEMBER_ID);
  }

  /** DeleteGroups. */
  delete(groupId: string): number {
    const group = this.#byId.get(groupId);
    if (group === undefined) return codes.GROUP_ID_NOT_FOUND;
    if (!group.members.isEmpty) return codes.NON_EMPTY_GROUP;
    this.#byId.delete(groupId);
    return codes.NONE;
  }

  /** What time has made of a group. */
  expire(groupId: string, nowMs: number): void {
    this.#byId.get(groupId)?.members.expire(nowMs);
  }

  /** Why a commit is refused; `unknown` is said where there is no group that a member could be of. */
  commitError(groupId: string, committer: Committer, unknown: number, isTransactional = false): number {
    const group = this.#byId.get(groupId);
    if (group !== undefined) return group.members.commitError(committer, isTransactional);
    return committer.generation < 0 ? codes.NONE : unknown;
  }

  /** A transaction has ended, whose marker is in the given partition of the offsets topic: its groups learn of it. */
  transactionEnded(producerId: number, isCommit: boolean, isOfPartition: (groupId: string) => boolean): void {
    for (const group of this.#byId.values()) if (isOfPartition(group.groupId)) group.offsets.ended(producerId, isCommit);
  }

  /** What was committed for a topic that is gone is gone too. */
  deleteTopic(topic: string): void {
    for (const group of this.#byId.values()) group.offsets.deleteTopic(topic);
  }
}


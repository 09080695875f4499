import * as ErrorCode from "../../../errors/error-code.ts";
import { type Assignment, NOTHING, epochOf, isSame, isWithin, listed } from "./assignment.ts";
import type { Commit, Committer } from "./committer.ts";
import { type ConsumerHeartbeat, type ConsumerHeartbeatAnswer, type Refusal, refused } from "./consumer-heartbeat.ts";
import { ConsumerMember, LEFT_FOR_A_WHILE } from "./consumer-member.ts";
import type { GroupConfigs } from "./group-configs.ts";
import { reconcile } from "./reconcile.ts";
import { SERVER_ASSIGNORS, assignPartitions } from "./server-assignors.ts";
import { Subscriptions, type TopicDirectory } from "./subscriptions.ts";
import { topicPattern } from "./topic-patterns.ts";

/** The states of a KIP-848 group, by Kafka's names. */
export type ConsumerState = "Empty" | "Assigning" | "Reconciling" | "Stable";

/** The first version of OffsetCommit that supports members of the new protocol. */
const COMMITS_SINCE = 9;

/**
 * A KIP-848 group. It has no timers and no I/O. The coordinator assigns the partitions, and moves each member step by
 * step to its assignment.
 */
export class ConsumerGroup {
  readonly type = "consumer";
  readonly protocolType = "consumer";
  readonly groupId: string;
  readonly subscriptions: Subscriptions;
  /** Kafka's group epoch begins at 1, and the first assignment has epoch 2. */
  groupEpoch = 1;
  assignmentEpoch = 0;
  emptySinceMs = 0;
  readonly #configs: GroupConfigs;
  readonly #members = new Map<string, ConsumerMember>();
  readonly #targets = new Map<string, Assignment>();
  #metadata = "";
  #assignedAtMs: number | undefined;
  /** When the next assignment may be made, if it came too soon after the last one. */
  #delayedUntilMs = Infinity;

  constructor(groupId: string, configs: GroupConfigs, topics: TopicDirectory) {
    this.groupId = groupId;
    this.#configs = configs;
    this.subscriptions = new Subscriptions(topics);
  }

  get isEmpty(): boolean {
    return this.#members.size === 0;
  }

  get all(): readonly ConsumerMember[] {
    return [...this.#members.values()];
  }

  get(memberId: string): ConsumerMember | undefined {
    return this.#members.get(memberId);
  }

  ofInstance(instanceId: string): ConsumerMember | undefined {
    return this.all.find(({ details }) => details.instanceId === instanceId);
  }

  get state(): ConsumerState {
    if (this.isEmpty) return "Empty";
    if (this.groupEpoch > this.assignmentEpoch) return "Assigning";
    return this.all.every((member) => member.isReconciledTo(this.assignmentEpoch)) ? "Stable" : "Reconciling";
  }

  /** The assignor that most members ask for. */
  get assignor(): string {
    const votes = new Map<string, number>();
    for (const {
      details: { serverAssignor },
    } of this.all)
      if (serverAssignor !== null) votes.set(serverAssignor, (votes.get(serverAssignor) ?? 0) + 1);
    return [...votes].sort((a, b) => b[1] - a[1])[0]?.[0] ?? SERVER_ASSIGNORS[0] ?? "";
  }

  targetOf(memberId: string): Assignment {
    return this.#targets.get(memberId) ?? NOTHING;
  }

  get deadlineMs(): number {
    return Math.min(
      this.#delayedUntilMs,
      ...this.all.flatMap(({ sessionDeadlineMs, rebalanceDeadlineMs }) => [sessionDeadlineMs, rebalanceDeadlineMs]),
    );
  }

  /** ConsumerGroupHeartbeat of a member that does not leave. */
  heartbeat(request: ConsumerHeartbeat, nowMs: number): ConsumerHeartbeatAnswer | Refusal {
    const {
      memberId,
      memberEpoch,
      subscribedTopicRegex: regex,
      topicPartitions: owned,
      rebalanceTimeoutMs,
      subscribedTopicNames,
    } = request;
    const { consumerMaxSize, consumerSessionTimeoutMs, consumerHeartbeatIntervalMs } = this.#configs;
    if (regex !== null && regex !== "" && topicPattern(regex) === undefined)
      return refused(
        ErrorCode.INVALID_REGULAR_EXPRESSION,
        `SubscribedTopicRegex \`${regex}\` is not a valid regular expression.`,
      );
    if (this.#members.size >= consumerMaxSize && !this.#members.has(memberId))
      return refused(
        ErrorCode.GROUP_MAX_SIZE_REACHED,
        `The consumer group has reached its maximum capacity of ${consumerMaxSize} members.`,
      );
    const member = this.#memberOf(request);
    if ("errorCode" in member) return member;
    const before = member.assigned;
    const hasSubscriptionChanged = this.#update(member, request);
    this.assign(hasSubscriptionChanged && this.subscriptions.isResolved(member.details.topicRegex), nowMs);
    this.lead(member, owned, hasSubscriptionChanged, nowMs);
    member.sessionDeadlineMs = nowMs + consumerSessionTimeoutMs;
    const isFull =
      memberEpoch === 0 ||
      (rebalanceTimeoutMs !== -1 && (subscribedTopicNames !== null || regex !== null) && owned !== null);
    const answer = {
      memberId: member.memberId,
      memberEpoch: member.epoch,
      heartbeatIntervalMs: consumerHeartbeatIntervalMs,
      assignment: isFull || !isSame(before, member.assigned) ? { topicPartitions: listed(member.assigned) } : null,
    };
    // Kafka does this in another thread: the result counts from the next heartbeat on.
    if (this.subscriptions.resolve(this.all, nowMs)) {
      this.groupEpoch++;
      this.#metadata = this.#partitionCounts();
    }
    return answer;
  }

  /** A member leaves, for good or temporarily (−2). */
  leave({ memberId, memberEpoch, instanceId }: ConsumerHeartbeat, nowMs: number): ConsumerHeartbeatAnswer | Refusal {
    const member = instanceId === null ? this.#dynamic(memberId) : this.#static(instanceId, memberId);
    if ("errorCode" in member) return member;
    if (instanceId !== null && memberEpoch === LEFT_FOR_A_WHILE) {
      member.epoch = LEFT_FOR_A_WHILE;
      member.revoking = NOTHING;
    } else this.remove(member, nowMs);
    return { memberId, memberEpoch, heartbeatIntervalMs: 0, assignment: null };
  }

  /** Handles the deadlines that have passed. */
  expire(nowMs: number): void {
    for (const member of this.all)
      if (member.sessionDeadlineMs <= nowMs || member.rebalanceDeadlineMs <= nowMs) this.remove(member, nowMs);
    if (this.#delayedUntilMs <= nowMs) this.assign(false, nowMs);
  }

  /** Another broker is the coordinator now. Everything was written, and no request waits. */
  moved(): void {
    // sessions begin again when the new coordinator has loaded the group
  }

  /** The coordinator has loaded the group: the members' deadlines begin again. */
  loaded(nowMs: number): void {
    for (const member of this.all) {
      member.sessionDeadlineMs =
        nowMs + (member.details.classic?.sessionTimeoutMs ?? this.#configs.consumerSessionTimeoutMs);
      member.rebalanceDeadlineMs =
        member.state === "unrevoked" && member.details.classic === undefined
          ? nowMs + member.details.rebalanceTimeoutMs
          : Infinity;
    }
  }

  isSubscribedTo(topic: string): boolean {
    return this.all.some((member) => this.subscriptions.namesOf(member).has(topic));
  }

  readonly deleteOffsetsError: number = ErrorCode.NONE;

  /**
   * The error of a commit that is refused. A member that is one epoch behind may commit for the partitions that it had
   * then already (KIP-1251).
   */
  commitError(
    { memberId, groupInstanceId, generation }: Committer,
    { isTransactional, apiVersion, partitions }: Commit,
  ): number {
    if (generation < 0 && (this.isEmpty || (isTransactional && memberId === "" && groupInstanceId === null)))
      return ErrorCode.NONE;
    const member = this.#members.get(memberId);
    if (member === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
    const isClassic = member.details.classic !== undefined;
    if (!isTransactional && !isClassic && apiVersion < COMMITS_SINCE) return ErrorCode.UNSUPPORTED_VERSION;
    const stale = isClassic ? ErrorCode.ILLEGAL_GENERATION : ErrorCode.STALE_MEMBER_EPOCH;
    if (generation === member.epoch) return ErrorCode.NONE;
    if (generation > member.epoch) return stale;
    const cameIn = (topicId: string, partition: number): number =>
      epochOf(member.assigned, topicId, partition) ?? epochOf(member.revoking, topicId, partition) ?? Infinity;
    return partitions.every(({ topicId, partition }) => cameIn(topicId, partition) <= generation)
      ? ErrorCode.NONE
      : stale;
  }

  /** The error of an OffsetFetch that is refused. */
  fetchError(memberId: string | null, memberEpoch: number): number {
    if (memberId === null && memberEpoch < 0) return ErrorCode.NONE;
    const member = this.#members.get(memberId ?? "");
    if (member === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
    if (member.epoch === memberEpoch) return ErrorCode.NONE;
    return member.details.classic === undefined ? ErrorCode.STALE_MEMBER_EPOCH : ErrorCode.ILLEGAL_GENERATION;
  }

  committed(): void {
    // only heartbeats are a sign of life here, not commits
  }

  /** Adds a member, or replaces `old` by it. */
  add(member: ConsumerMember, old?: ConsumerMember): void {
    if (old !== undefined) {
      const target = this.targetOf(old.memberId);
      this.#forget(old); // its id may be the same
      this.#targets.set(member.memberId, target);
    }
    this.#members.set(member.memberId, member);
  }

  setTarget(memberId: string, target: Assignment): void {
    this.#targets.set(memberId, target);
  }

  /** Members were removed; the others get their partitions. */
  removeAll(members: readonly ConsumerMember[], nowMs: number): void {
    if (members.length === 0) return;
    for (const member of members) this.#forget(member);
    this.groupEpoch++;
    this.#metadata = this.#partitionCounts();
    if (!this.isEmpty) return;
    this.emptySinceMs = nowMs;
    // There is no member to assign anything to.
    this.assignmentEpoch = this.groupEpoch;
  }

  /** A member was removed; the others get its partitions. */
  remove(member: ConsumerMember, nowMs: number): void {
    this.removeAll([member], nowMs);
  }

  /** Moves a member one step to its assignment. */
  lead(
    member: ConsumerMember,
    owned: Parameters<typeof reconcile>[2],
    hasSubscriptionChanged: boolean,
    nowMs: number,
  ): void {
    const isFree = (topicId: string, partition: number): boolean =>
      !this.all.some((one) => one.holds(topicId, partition));
    const subscribed = this.subscriptions.topicIdsOf(member);
    const isSubscribed = (topicId: string): boolean => subscribed.has(topicId);
    const hasChanged = reconcile(
      member,
      { epoch: this.assignmentEpoch, assignment: this.targetOf(member.memberId), isFree, isSubscribed },
      owned,
      hasSubscriptionChanged,
    );
    if (!hasChanged || member.details.classic !== undefined) return;
    member.rebalanceDeadlineMs = member.state === "unrevoked" ? nowMs + member.details.rebalanceTimeoutMs : Infinity;
  }

  /**
   * Begins a new epoch if subscriptions or topics have changed. Makes a new assignment, unless the last one was too
   * recent.
   */
  assign(isBumped: boolean, nowMs: number): void {
    const metadata = this.#partitionCounts();
    if (isBumped || metadata !== this.#metadata) this.groupEpoch++;
    this.#metadata = metadata;
    this.#delayedUntilMs = Infinity;
    if (this.groupEpoch <= this.assignmentEpoch) return;
    const { consumerAssignmentIntervalMs: intervalMs } = this.#configs;
    const dueMs = this.#assignedAtMs === undefined || intervalMs === 0 ? nowMs : this.#assignedAtMs + intervalMs;
    this.#delayedUntilMs = nowMs < dueMs ? dueMs : Infinity;
    if (nowMs < dueMs) return;
    this.#assignedAtMs = nowMs;
    this.assignmentEpoch = this.groupEpoch;
    const members = this.all.map((member) => ({
      memberId: member.memberId,
      instanceId: member.details.instanceId,
      topicIds: this.subscriptions.topicIdsOf(member),
      target: this.targetOf(member.memberId),
    }));
    const assigned = assignPartitions(this.assignor, members, this.subscriptions.countsOf(this.all));
    for (const { memberId } of members) this.#targets.set(memberId, assigned.get(memberId) ?? NOTHING);
  }

  /** The topics and their partition counts as a string: when it changes, a new epoch begins. */
  #partitionCounts(): string {
    return [...this.subscriptions.countsOf(this.all)].map(([topicId, count]) => `${topicId}:${count}`).join();
  }

  #memberOf(request: ConsumerHeartbeat): ConsumerMember | Refusal {
    const { memberId, memberEpoch, instanceId } = request;
    const isJoining = memberEpoch === 0;
    if (instanceId === null) {
      const known = this.#members.get(memberId);
      if (known !== undefined) return epochError(known, request) ?? known;
      if (!isJoining) return this.#dynamic(memberId);
      const member = new ConsumerMember(memberId);
      this.add(member);
      return member;
    }
    const known = this.ofInstance(instanceId);
    if (!isJoining) {
      const member = this.#static(instanceId, memberId);
      return "errorCode" in member ? member : (epochError(member, request) ?? member);
    }
    if (known !== undefined && known.epoch !== LEFT_FOR_A_WHILE && known.details.classic === undefined)
      return refused(
        ErrorCode.UNRELEASED_INSTANCE_ID,
        `Static member ${memberId} with instance id ${instanceId} cannot join the group because the instance id ` +
          `is owned by ${known.memberId} member.`,
      );
    const member = known?.comesBackAs(memberId) ?? new ConsumerMember(memberId);
    this.add(member, known);
    return member;
  }

  #dynamic(memberId: string): ConsumerMember | Refusal {
    return (
      this.#members.get(memberId) ??
      refused(ErrorCode.UNKNOWN_MEMBER_ID, `Member ${memberId} is not a member of group ${this.groupId}.`)
    );
  }

  #static(instanceId: string, memberId: string): ConsumerMember | Refusal {
    const known = this.ofInstance(instanceId);
    if (known === undefined) return refused(ErrorCode.UNKNOWN_MEMBER_ID, `Instance id ${instanceId} is unknown.`);
    if (known.memberId !== memberId)
      return refused(
        ErrorCode.FENCED_INSTANCE_ID,
        `Static member ${memberId} with instance id ${instanceId} was fenced by member ${known.memberId}.`,
      );
    return known;
  }

  /** Applies the member's fields of a heartbeat. Returns whether its subscription changed. */
  #update(
    member: ConsumerMember,
    {
      instanceId,
      rackId,
      rebalanceTimeoutMs,
      serverAssignor,
      subscribedTopicNames,
      subscribedTopicRegex,
      clientId,
      clientHost,
    }: ConsumerHeartbeat,
  ): boolean {
    const { details } = member;
    const topicNames = subscribedTopicNames === null ? details.topicNames : [...new Set(subscribedTopicNames)].sort();
    const topicRegex = subscribedTopicRegex ?? details.topicRegex;
    member.details = {
      instanceId: instanceId ?? details.instanceId,
      rackId: rackId ?? details.rackId,
      rebalanceTimeoutMs: rebalanceTimeoutMs === -1 ? details.rebalanceTimeoutMs : rebalanceTimeoutMs,
      serverAssignor: serverAssignor ?? details.serverAssignor,
      topicNames,
      topicRegex,
      clientId,
      clientHost,
      classic: undefined,
    };
    return topicNames.join() !== details.topicNames.join() || topicRegex !== details.topicRegex;
  }

  #forget(member: ConsumerMember): void {
    this.#members.delete(member.memberId);
    this.#targets.delete(member.memberId);
  }
}

/**
 * The error if a member sends another epoch than it has. The previous epoch is accepted, because the last response may
 * have been lost.
 */
function epochError(member: ConsumerMember, { memberEpoch, topicPartitions }: ConsumerHeartbeat): Refusal | undefined {
  const told = (size: string): Refusal =>
    refused(
      ErrorCode.FENCED_MEMBER_EPOCH,
      `The consumer group member has a ${size} member epoch (${memberEpoch}) than the one known by the group ` +
        `coordinator (${member.epoch}). The member must abandon all its partitions and rejoin.`,
    );
  if (memberEpoch > member.epoch) return told("greater");
  if (memberEpoch === member.epoch) return undefined;
  const isRepeated =
    memberEpoch === member.previousEpoch && topicPartitions !== null && isWithin(topicPartitions, member.assigned);
  return isRepeated ? undefined : told("smaller");
}

import * as ErrorCode from "../../../errors/error-code.ts";
import { listed } from "./assignment.ts";
import {
  type JoinAnswer,
  type JoinRequest,
  type SyncAnswer,
  type SyncRequest,
  joinError,
  syncError,
} from "./classic-member.ts";
import type { ConsumerGroup } from "./consumer-group.ts";
import { ConsumerMember } from "./consumer-member.ts";
import { CONSUMER_PROTOCOL, encodeAssignment, subscriptionOf } from "./consumer-protocol.ts";
import type { GroupHost } from "./group.ts";
import { byId, named, versionOf } from "./migration.ts";

/**
 * JoinGroup of a classic member to a KIP-848 group: the coordinator assigns the partitions, so there is no leader and
 * no wait.
 */
export function joinConsumerGroup(
  group: ConsumerGroup,
  request: JoinRequest,
  { newId, topics, configs }: GroupHost,
  nowMs: number,
): JoinAnswer {
  const { groupInstanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs, protocolType, protocols } =
    request;
  const isUnknown = request.memberId === "";
  const memberId = isUnknown ? newId() : request.memberId;
  if (group.all.length >= configs.consumerMaxSize && group.get(memberId) === undefined)
    return joinError(ErrorCode.GROUP_MAX_SIZE_REACHED, request.memberId);
  const subscription = subscriptionOf(protocols[0]?.metadata ?? new Uint8Array(0))?.message;
  if (protocolType !== CONSUMER_PROTOCOL || subscription === undefined || !supportsOthers(group, memberId, protocols))
    return joinError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, request.memberId);
  if (isUnknown && groupInstanceId === null && request.requiresKnownMemberId)
    return joinError(ErrorCode.MEMBER_ID_REQUIRED, memberId);
  const known = groupInstanceId === null ? group.get(memberId) : group.ofInstance(groupInstanceId);
  if (groupInstanceId !== null && !isUnknown && known?.memberId !== memberId)
    return joinError(
      known === undefined ? ErrorCode.UNKNOWN_MEMBER_ID : ErrorCode.FENCED_INSTANCE_ID,
      request.memberId,
    );
  const member =
    known === undefined
      ? new ConsumerMember(memberId)
      : known.memberId === memberId
        ? known
        : known.comesBackAs(memberId);
  if (member !== known) group.add(member, known);
  const topicNames = [...new Set(subscription.topics)].sort();
  const hasChanged = topicNames.join() !== member.details.topicNames.join();
  member.details = {
    instanceId: groupInstanceId,
    rackId: subscription.rackId,
    clientId,
    clientHost,
    rebalanceTimeoutMs,
    serverAssignor: null,
    topicNames,
    topicRegex: "",
    classic: { sessionTimeoutMs, protocols },
  };
  group.assign(hasChanged, nowMs);
  group.lead(member, byId(subscription.ownedPartitions, topics), hasChanged, nowMs);
  member.sessionDeadlineMs = nowMs + sessionTimeoutMs;
  member.rebalanceDeadlineMs = nowMs + rebalanceTimeoutMs; // until it syncs
  return {
    errorCode: ErrorCode.NONE,
    memberId,
    generationId: member.epoch,
    protocolType,
    protocolName: protocols[0]?.name ?? "",
    leader: "",
    skipAssignment: false,
    members: [],
  };
}

/** SyncGroup: returns the coordinator's assignment. */
export function syncConsumerGroup(
  group: ConsumerGroup,
  { memberId, groupInstanceId, generationId, protocolType, protocolName }: SyncRequest,
  { topics }: GroupHost,
  nowMs: number,
): SyncAnswer {
  const member = classicMember(group, memberId, groupInstanceId);
  if (typeof member === "number") return syncError(member);
  const classic = member.details.classic;
  if (generationId !== member.epoch) return syncError(ErrorCode.ILLEGAL_GENERATION);
  if (
    (protocolType !== null && protocolType !== CONSUMER_PROTOCOL) ||
    (protocolName !== null && protocolName !== classic?.protocols[0]?.name)
  )
    return syncError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
  if (group.groupEpoch > member.epoch && member.state !== "unrevoked") {
    mustJoin(member, nowMs);
    return syncError(ErrorCode.REBALANCE_IN_PROGRESS);
  }
  member.rebalanceDeadlineMs = Infinity;
  member.sessionDeadlineMs = nowMs + (classic?.sessionTimeoutMs ?? 0);
  return {
    errorCode: ErrorCode.NONE,
    protocolType,
    protocolName,
    assignment: encodeAssignment(named(listed(member.assigned), topics), versionOf(member)),
  };
}

/** Heartbeat: returns REBALANCE_IN_PROGRESS if the member must join again, to give up partitions or to get more. */
export function beatConsumerGroup(
  group: ConsumerGroup,
  memberId: string,
  groupInstanceId: string | null,
  generationId: number,
  nowMs: number,
): number {
  const member = classicMember(group, memberId, groupInstanceId);
  if (typeof member === "number") return member;
  if (generationId !== member.epoch) return ErrorCode.ILLEGAL_GENERATION;
  member.sessionDeadlineMs = nowMs + (member.details.classic?.sessionTimeoutMs ?? 0);
  const isWaiting = (): boolean =>
    [...group.targetOf(memberId)].some(([topicId, partitions]) =>
      [...partitions].some(
        (partition) => !member.holds(topicId, partition) && group.all.some((one) => one.holds(topicId, partition)),
      ),
    );
  if (
    member.epoch >= group.groupEpoch &&
    member.state !== "unrevoked" &&
    (member.state !== "unreleased" || isWaiting())
  )
    return ErrorCode.NONE;
  mustJoin(member, nowMs);
  return ErrorCode.REBALANCE_IN_PROGRESS;
}

/** LeaveGroup: returns an error code for each member. */
export function leaveConsumerGroup(
  group: ConsumerGroup,
  leaving: readonly { readonly memberId: string; readonly groupInstanceId: string | null }[],
  nowMs: number,
): readonly number[] {
  const gone = leaving.map(({ memberId, groupInstanceId }) => {
    const named = memberId === "" && groupInstanceId !== null ? group.ofInstance(groupInstanceId)?.memberId : memberId;
    return memberOf(group, named ?? "", groupInstanceId); // a member of either protocol
  });
  group.removeAll(
    gone.filter((one) => typeof one !== "number"),
    nowMs,
  );
  return gone.map((one) => (typeof one === "number" ? one : ErrorCode.NONE));
}

function classicMember(
  group: ConsumerGroup,
  memberId: string,
  groupInstanceId: string | null,
): ConsumerMember | number {
  const known = memberOf(group, memberId, groupInstanceId);
  return typeof known !== "number" && known.details.classic === undefined ? ErrorCode.UNKNOWN_MEMBER_ID : known;
}

function memberOf(group: ConsumerGroup, memberId: string, groupInstanceId: string | null): ConsumerMember | number {
  const known = groupInstanceId === null ? group.get(memberId) : group.ofInstance(groupInstanceId);
  if (known === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
  return known.memberId === memberId ? known : ErrorCode.FENCED_INSTANCE_ID;
}

function mustJoin(member: ConsumerMember, nowMs: number): void {
  if (member.rebalanceDeadlineMs === Infinity) member.rebalanceDeadlineMs = nowMs + member.details.rebalanceTimeoutMs;
}

/** Whether the other classic members support one of these protocols. */
function supportsOthers(group: ConsumerGroup, memberId: string, protocols: JoinRequest["protocols"]): boolean {
  const others = group.all.flatMap((one) => (one.memberId === memberId ? [] : (one.details.classic ?? [])));
  return (
    protocols.length > 0 &&
    (others.length === 0 ||
      protocols.some(({ name }) => others.every((other) => other.protocols.some((one) => one.name === name))))
  );
}

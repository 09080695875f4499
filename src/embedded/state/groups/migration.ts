import * as ErrorCode from "../../../errors/error-code.ts";
import { listed } from "./assignment.ts";
import type { ClassicGroup } from "./classic-group.ts";
import { ClassicMember } from "./classic-member.ts";
import { type Refusal, refused } from "./consumer-heartbeat.ts";
import type { ConsumerGroup } from "./consumer-group.ts";
import { ConsumerMember } from "./consumer-member.ts";
import { CONSUMER_PROTOCOL, assignmentOf, encodeAssignment, subscriptionOf } from "./consumer-protocol.ts";
import { type Group, type GroupHost, newClassicGroup, newConsumerGroup } from "./group.ts";
import type { ListedPartitions } from "./assignment.ts";
import type { TopicDirectory } from "./subscriptions.ts";

/**
 * Upgrades a classic group with members to a KIP-848 group, because a member of the new protocol joins. The classic
 * members stay in it.
 */
export function upgraded(
  groupId: string,
  classic: ClassicGroup,
  host: GroupHost,
  nowMs: number,
): ConsumerGroup | Refusal {
  const cannot = (why: string): Refusal =>
    refused(ErrorCode.GROUP_ID_NOT_FOUND, `Cannot upgrade classic group ${groupId} to consumer group because ${why}.`);
  const { configs, topics } = host;
  const { migrationPolicy, consumerMaxSize } = configs;
  if (migrationPolicy !== "bidirectional" && migrationPolicy !== "upgrade") return cannot("online upgrade is disabled");
  if (classic.protocolType !== CONSUMER_PROTOCOL)
    return cannot("the group does not use the consumer embedded protocol");
  if (classic.members.size > consumerMaxSize) return cannot("the group size exceeds the consumer group maximum size");
  const group = newConsumerGroup(groupId, host);
  group.groupEpoch = group.assignmentEpoch = classic.generationId;
  for (const one of classic.members.all) {
    const member = fromClassic(one, classic, topics, nowMs);
    if (member === undefined) return cannot("the embedded consumer protocol is malformed");
    group.add(member);
    group.setTarget(
      member.memberId,
      new Map([...member.assigned].map(([topicId, partitions]) => [topicId, new Set(partitions.keys())])),
    );
  }
  classic.answerAll(ErrorCode.REBALANCE_IN_PROGRESS);
  return group;
}

function fromClassic(
  classic: ClassicMember,
  { protocolName, generationId }: ClassicGroup,
  topics: TopicDirectory,
  nowMs: number,
): ConsumerMember | undefined {
  const subscription = subscriptionOf(
    protocolName === undefined
      ? (classic.protocols[0]?.metadata ?? new Uint8Array(0))
      : classic.metadataOf(protocolName),
  )?.message;
  const assignment = assignmentOf(classic.assignment);
  if (subscription === undefined || assignment === undefined) return undefined;
  const member = new ConsumerMember(classic.memberId);
  const { clientId, clientHost, groupInstanceId, rebalanceTimeoutMs, sessionTimeoutMs, protocols } = classic;
  member.details = {
    instanceId: groupInstanceId,
    rackId: subscription.rackId,
    clientId,
    clientHost,
    rebalanceTimeoutMs,
    serverAssignor: null,
    topicNames: [...subscription.topics].sort(),
    topicRegex: "",
    classic: { sessionTimeoutMs, protocols },
  };
  member.epoch = member.previousEpoch = generationId;
  member.assigned = new Map(
    byId(assignment, topics).map(({ topicId, partitions }) => [
      topicId,
      new Map(partitions.map((partition) => [partition, generationId])),
    ]),
  );
  member.sessionDeadlineMs = nowMs + sessionTimeoutMs;
  return member;
}

/** Partitions of existing topics, by topic id. */
export function byId(
  named: readonly { readonly topic: string; readonly partitions: readonly number[] }[],
  topics: TopicDirectory,
): readonly ListedPartitions[] {
  return named.flatMap(({ topic, partitions }) => {
    const topicId = topics.byName(topic)?.topicId;
    return topicId === undefined ? [] : [{ topicId, partitions }];
  });
}

/**
 * Downgrades a KIP-848 group whose members all use the classic protocol, if that is allowed. The members must join
 * again.
 */
export function maybeDowngrade(group: Group, host: GroupHost, nowMs: number, isAfterLeaving = true): void {
  const { members } = group;
  const { migrationPolicy, maxSize } = host.configs;
  if (
    members.type !== "consumer" ||
    members.isEmpty ||
    members.all.some(({ details }) => details.classic === undefined)
  )
    return;
  if ((migrationPolicy !== "bidirectional" && migrationPolicy !== "downgrade") || members.all.length > maxSize) return;
  // The leaving of the last member began an epoch that no member has: the classic group continues from the one before.
  const classic = newClassicGroup(host, members.groupEpoch - (isAfterLeaving ? 1 : 0));
  const all = members.all.map((member) => toClassic(member, members, host.topics));
  classic.adopt(all, CONSUMER_PROTOCOL, nowMs);
  group.members = classic;
  classic.rebalance(nowMs);
}

function toClassic(member: ConsumerMember, group: ConsumerGroup, topics: TopicDirectory): ClassicMember {
  const { instanceId, clientId, clientHost, rebalanceTimeoutMs, classic } = member.details;
  const { sessionTimeoutMs = 0, protocols = [] } = classic ?? {};
  const partitions = named(listed(group.targetOf(member.memberId)), topics);
  return new ClassicMember({
    memberId: member.memberId,
    groupInstanceId: instanceId,
    clientId,
    clientHost,
    sessionTimeoutMs,
    rebalanceTimeoutMs,
    protocols,
    assignment: encodeAssignment(partitions, versionOf(member)),
  });
}

/** Partitions by topic name. */
export function named(
  list: readonly ListedPartitions[],
  topics: TopicDirectory,
): { topic: string; partitions: readonly number[] }[] {
  return list.flatMap(({ topicId, partitions }) => {
    const topic = topics.byId(topicId)?.name;
    return topic === undefined ? [] : [{ topic, partitions }];
  });
}

/** The version of the consumer protocol that a classic member uses. */
export function versionOf({ details: { classic } }: ConsumerMember): number {
  return subscriptionOf(classic?.protocols[0]?.metadata ?? new Uint8Array(0))?.version ?? 0;
}

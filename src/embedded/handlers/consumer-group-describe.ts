import * as ErrorCode from "../../errors/error-code.ts";
import {
  type ConsumerGroupDescribeResponse,
  consumerGroupDescribeApi,
} from "../../protocol/messages/consumer-group-describe.ts";
import type { Input } from "../../protocol/schema.ts";
import { groupOperations } from "../authorized-operations.ts";
import { servesConsumerProtocol } from "../serves-consumer-protocol.ts";
import { type AnyHandler, type ClusterState, handler } from "../handler.ts";
import { type ListedPartitions, listed } from "../state/groups/assignment.ts";
import type { ConsumerGroup } from "../state/groups/consumer-group.ts";
import type { ConsumerMember } from "../state/groups/consumer-member.ts";

type Described = Input<ConsumerGroupDescribeResponse["groups"][number]>;

const CLASSIC_MEMBER = 0;
const CONSUMER_MEMBER = 1;

/** ConsumerGroupDescribe, 0 and 1: describes groups of KIP-848. */
export function consumerGroupDescribe(): AnyHandler {
  return handler({
    api: consumerGroupDescribeApi,
    min: 0,
    max: 1,
    handle: ({ groupIds, includeAuthorizedOperations }, { cluster, nodeId, access }) => ({
      groups: groupIds.map((groupId) => {
        if (!servesConsumerProtocol(cluster, nodeId)) return { groupId, errorCode: ErrorCode.UNSUPPORTED_VERSION };
        if (access?.denies("DESCRIBE", "GROUP", groupId) === true)
          return { groupId, errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED };
        if (groupId === "") return { groupId, errorCode: ErrorCode.INVALID_GROUP_ID };
        const errorCode = cluster.coordinators.errorAt("group", groupId, nodeId);
        if (errorCode !== ErrorCode.NONE) return { groupId, errorCode };
        cluster.groupCoordinator.catchUp(groupId);
        const group = cluster.groups.get(groupId)?.members;
        if (group === undefined)
          return { groupId, errorCode: ErrorCode.GROUP_ID_NOT_FOUND, errorMessage: `Group ${groupId} not found.` };
        if (group.type === "classic")
          return {
            groupId,
            errorCode: ErrorCode.GROUP_ID_NOT_FOUND,
            errorMessage: `Group ${groupId} is not a consumer group.`,
          };
        const described = describe(group, cluster);
        if (access !== undefined && topicsOf(described).some((topic) => access.denies("DESCRIBE", "TOPIC", topic)))
          return {
            groupId,
            errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED,
            errorMessage: "The group has described topic(s) that the client is not authorized to describe.",
          };
        return includeAuthorizedOperations
          ? { ...described, authorizedOperations: groupOperations(access, groupId) }
          : described;
      }),
    }),
  });
}

function describe(group: ConsumerGroup, cluster: ClusterState): Described {
  const { groupId, state, groupEpoch, assignmentEpoch, assignor } = group;
  return {
    groupId,
    groupState: state,
    groupEpoch,
    assignmentEpoch,
    assignorName: assignor,
    members: group.all.map((member) => describeMember(member, group, cluster)),
  };
}

/** The topics that the description of a group names. */
function topicsOf({ members = [] }: Described): readonly string[] {
  return members.flatMap(({ subscribedTopicNames = [], assignment, targetAssignment }) => [
    ...subscribedTopicNames,
    ...[assignment, targetAssignment].flatMap(
      (one) => one?.topicPartitions?.map(({ topicName = "" }) => topicName) ?? [],
    ),
  ]);
}

function describeMember(
  member: ConsumerMember,
  group: ConsumerGroup,
  { topics }: ClusterState,
): Input<ConsumerGroupDescribeResponse["groups"][number]["members"][number]> {
  const { instanceId, rackId, clientId, clientHost, topicNames, topicRegex, classic } = member.details;
  const named = (
    list: readonly ListedPartitions[],
  ): { topicId: string; topicName: string; partitions: readonly number[] }[] =>
    list.flatMap(({ topicId, partitions }) => {
      const topicName = topics.byId(topicId)?.name;
      return topicName === undefined ? [] : [{ topicId, topicName, partitions }];
    });
  return {
    memberId: member.memberId,
    instanceId,
    rackId,
    memberEpoch: member.epoch,
    clientId,
    clientHost,
    subscribedTopicNames: topicNames,
    subscribedTopicRegex: topicRegex,
    // Partitions that the member must give up still belong to its assignment.
    assignment: { topicPartitions: named(listed(member.held)) },
    targetAssignment: { topicPartitions: named(listed(group.targetOf(member.memberId))) },
    memberType: classic === undefined ? CONSUMER_MEMBER : CLASSIC_MEMBER,
  };
}

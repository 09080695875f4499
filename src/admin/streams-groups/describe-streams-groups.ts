import { done } from "../../cluster/routing/verdict.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import {
  type StreamsGroupDescribeResponseAssignment,
  type StreamsGroupDescribeResponseDescribedGroup,
  type StreamsGroupDescribeResponseMember,
  type StreamsGroupDescribeResponseSubtopology,
  type StreamsGroupDescribeResponseTopicInfo,
  streamsGroupDescribeApi,
} from "../../protocol/messages/streams-group-describe.ts";
import type { AclOperation } from "../../security/acl-words.ts";
import type { AdminContext } from "../admin-context.ts";
import { askItems, notAnswered, resultsOf } from "../ask-items.ts";
import { operationsIn } from "../authorized-operations.ts";
import { callLimit } from "../call-options.ts";
import { coordinatorRoute, coordinatorVerdict } from "../groups/coordinator-verdict.ts";
import { DESCRIBE_OPTIONS, type DescribeGroupsOptions } from "../groups/describe-classic-groups.ts";
import { groupIds } from "../groups/group-ids.ts";
import { type GroupState, stateOf } from "../groups/group-words.ts";
import { itemError } from "../item-error.ts";
import type { Results } from "../results.ts";

/** The tasks of a subtopology that a member has. Java: `StreamsGroupMemberAssignment.TaskIds`. */
export interface StreamsTasks {
  /** The id of the subtopology. */
  readonly subtopologyId: string;
  /** The partitions; each of them is a task. */
  readonly partitions: readonly number[];
}

/** The tasks of a member. Java: `StreamsGroupMemberAssignment`. */
export interface StreamsAssignment {
  /** The tasks that it runs. */
  readonly activeTasks: readonly StreamsTasks[];
  /** The tasks of which it keeps a copy of the state. */
  readonly standbyTasks: readonly StreamsTasks[];
  /** The tasks whose state it fetches, to run them later. */
  readonly warmupTasks: readonly StreamsTasks[];
}

/** A member of a streams group. Java: `StreamsGroupMemberDescription`. */
export interface StreamsGroupMember {
  /** The id that the member has in the group. */
  readonly memberId: string;
  /** The epoch of the member. */
  readonly memberEpoch: number;
  /** The `group.instance.id` of a static member; undefined for a dynamic one. */
  readonly groupInstanceId: string | undefined;
  /** Its rack; undefined if it has none. */
  readonly rackId: string | undefined;
  /** The `client.id` of the member. */
  readonly clientId: string;
  /** The address from which it is connected. */
  readonly host: string;
  /** The epoch of the topology that it runs. */
  readonly topologyEpoch: number;
  /** The process that it is part of. */
  readonly processId: string;
  /** Whether it uses the classic protocol. */
  readonly isClassic: boolean;
  /** The tasks that it has. */
  readonly assignment: StreamsAssignment;
  /** The tasks that it shall have once the others have given them back. */
  readonly targetAssignment: StreamsAssignment;
}

/** An internal topic of a topology. Java: `StreamsGroupSubtopologyDescription.TopicInfo`. */
export interface StreamsTopic {
  /** The name of the topic. */
  readonly name: string;
  /** The number of its partitions; 0 if it follows from others. */
  readonly partitions: number;
  /** The number of its replicas; 0 for the broker's default. */
  readonly replicationFactor: number;
  /** Its configs. */
  readonly configs: Readonly<Record<string, string>>;
}

/** A part of a topology, whose tasks run together. Java: `StreamsGroupSubtopologyDescription`. */
export interface StreamsSubtopology {
  /** Its id. */
  readonly subtopologyId: string;
  /** The topics that it reads. */
  readonly sourceTopics: readonly string[];
  /** The repartition topics that it writes. */
  readonly repartitionSinkTopics: readonly string[];
  /** The changelog topics of its state. */
  readonly stateChangelogTopics: readonly StreamsTopic[];
  /** The repartition topics that it reads. */
  readonly repartitionSourceTopics: readonly StreamsTopic[];
}

/** A streams group (KIP-1071). Java: `StreamsGroupDescription`. */
export interface StreamsGroupDescription {
  /** The id of the group. */
  readonly groupId: string;
  /** The state of the group. */
  readonly state: GroupState;
  /** The epoch of the group. */
  readonly groupEpoch: number;
  /** The epoch of the target assignment. */
  readonly targetAssignmentEpoch: number;
  /** The epoch of the topology; undefined while the group has none. */
  readonly topologyEpoch: number | undefined;
  /** The parts of the topology. */
  readonly subtopologies: readonly StreamsSubtopology[];
  /** The members. */
  readonly members: readonly StreamsGroupMember[];
  /** The node id of its coordinator; undefined if that is not known. */
  readonly coordinatorId: number | undefined;
  /** The operations on the group that this user is allowed. Only with `includeAuthorizedOperations`. */
  readonly authorizedOperations: readonly AclOperation[] | undefined;
}

/** See `Admin.describeStreamsGroups`. */
export async function describeStreamsGroups(
  context: AdminContext,
  groups: readonly string[],
  options: DescribeGroupsOptions,
): Promise<Results<string, StreamsGroupDescription>> {
  const keys = groupIds(groups, "describeStreamsGroups: groups");
  const limit = callLimit(options, "describeStreamsGroups", DESCRIBE_OPTIONS);
  const { includeAuthorizedOperations = false } = options;
  const results = await askItems<string, StreamsGroupDescription>(
    context.client,
    {
      what: `cannot describe ${counted(keys.length, "streams group")}`,
      keys,
      route: coordinatorRoute(context, "group", (groupId) => groupId),
      send: async (connection, asked) => {
        const { groups } = await connection.request(streamsGroupDescribeApi, {
          groupIds: asked,
          includeAuthorizedOperations,
        });
        return asked.map((groupId) => {
          const group = groups.find((one) => one.groupId === groupId) ?? notAnswered("StreamsGroupDescribe");
          const { errorCode, errorMessage } = group;
          return errorCode === ErrorCode.NONE
            ? done({ ...descriptionOf(group), coordinatorId: context.nodeIdOf(connection) })
            : coordinatorVerdict(itemError(errorCode, `cannot describe streams group ${groupId}`, errorMessage));
        });
      },
    },
    limit,
  );
  return resultsOf(keys, results, (groupId) => groupId);
}

function descriptionOf(
  group: StreamsGroupDescribeResponseDescribedGroup,
): Omit<StreamsGroupDescription, "coordinatorId"> {
  return {
    groupId: group.groupId,
    state: stateOf(group.groupState),
    groupEpoch: group.groupEpoch,
    targetAssignmentEpoch: group.assignmentEpoch,
    topologyEpoch: group.topology?.epoch,
    subtopologies: (group.topology?.subtopologies ?? []).map(subtopologyOf),
    members: group.members.map(memberOf),
    authorizedOperations: operationsIn(group.authorizedOperations),
  };
}

function subtopologyOf(one: StreamsGroupDescribeResponseSubtopology): StreamsSubtopology {
  const { subtopologyId, sourceTopics, repartitionSinkTopics } = one;
  return {
    ...{ subtopologyId, sourceTopics, repartitionSinkTopics },
    stateChangelogTopics: one.stateChangelogTopics.map(topicOf),
    repartitionSourceTopics: one.repartitionSourceTopics.map(topicOf),
  };
}

function topicOf({
  name,
  partitions,
  replicationFactor,
  topicConfigs,
}: StreamsGroupDescribeResponseTopicInfo): StreamsTopic {
  const configs = Object.fromEntries(topicConfigs.map(({ key, value }) => [key, value]));
  return { name, partitions, replicationFactor, configs };
}

function memberOf(member: StreamsGroupDescribeResponseMember): StreamsGroupMember {
  const { memberId, memberEpoch, clientId, clientHost: host, topologyEpoch, processId, isClassic } = member;
  return {
    ...{ memberId, memberEpoch, clientId, host, topologyEpoch, processId, isClassic },
    groupInstanceId: member.instanceId ?? undefined,
    rackId: member.rackId ?? undefined,
    assignment: assignmentOf(member.assignment),
    targetAssignment: assignmentOf(member.targetAssignment),
  };
}

function assignmentOf({
  activeTasks,
  standbyTasks,
  warmupTasks,
}: StreamsGroupDescribeResponseAssignment): StreamsAssignment {
  const tasks = (list: typeof activeTasks): readonly StreamsTasks[] =>
    list.map(({ subtopologyId, partitions }) => ({ subtopologyId, partitions }));
  return { activeTasks: tasks(activeTasks), standbyTasks: tasks(standbyTasks), warmupTasks: tasks(warmupTasks) };
}

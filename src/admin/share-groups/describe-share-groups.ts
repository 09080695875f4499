import { done } from "../../cluster/routing/verdict.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { shareGroupDescribeApi } from "../../protocol/messages/share-group-describe.ts";
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

/** A member of a share group. Java: `ShareMemberDescription`. */
export interface ShareGroupMember {
  /** The id that the member has in the group. */
  readonly memberId: string;
  /** The `client.id` of the member. */
  readonly clientId: string;
  /** The address from which it is connected. */
  readonly host: string;
  /** The epoch of the member. */
  readonly memberEpoch: number;
  /** The partitions that it reads. */
  readonly assignment: readonly TopicPartition[];
}

/** A share group (KIP-932). Java: `ShareGroupDescription`. */
export interface ShareGroupDescription {
  /** The id of the group. */
  readonly groupId: string;
  /** The state of the group. */
  readonly state: GroupState;
  /** The members. */
  readonly members: readonly ShareGroupMember[];
  /** The node id of its coordinator; undefined if that is not known. */
  readonly coordinatorId: number | undefined;
  /** The epoch of the group. */
  readonly groupEpoch: number;
  /** The epoch of the target assignment. */
  readonly targetAssignmentEpoch: number;
  /** The operations on the group that this user is allowed. Only with `includeAuthorizedOperations`. */
  readonly authorizedOperations: readonly AclOperation[] | undefined;
}

/** See `Admin.describeShareGroups`. */
export async function describeShareGroups(
  context: AdminContext,
  groups: readonly string[],
  options: DescribeGroupsOptions,
): Promise<Results<string, ShareGroupDescription>> {
  const keys = groupIds(groups, "describeShareGroups: groups");
  const limit = callLimit(options, "describeShareGroups", DESCRIBE_OPTIONS);
  const { includeAuthorizedOperations = false } = options;
  const results = await askItems<string, ShareGroupDescription>(
    context.client,
    {
      what: `cannot describe ${counted(keys.length, "share group")}`,
      keys,
      route: coordinatorRoute(context, "group", (groupId) => groupId),
      send: async (connection, asked) => {
        const { groups } = await connection.request(shareGroupDescribeApi, {
          groupIds: asked,
          includeAuthorizedOperations,
        });
        return asked.map((groupId) => {
          const group = groups.find((one) => one.groupId === groupId) ?? notAnswered("ShareGroupDescribe");
          const { errorCode, errorMessage } = group;
          if (errorCode !== ErrorCode.NONE)
            return coordinatorVerdict(itemError(errorCode, `cannot describe share group ${groupId}`, errorMessage));
          return done({
            groupId,
            state: stateOf(group.groupState),
            members: group.members.map(({ memberId, clientId, clientHost: host, memberEpoch, assignment }) => ({
              ...{ memberId, clientId, host, memberEpoch },
              assignment: assignment.topicPartitions.flatMap(({ topicName: topic, partitions }) =>
                partitions.map((partition) => ({ topic, partition })),
              ),
            })),
            coordinatorId: context.nodeIdOf(connection),
            groupEpoch: group.groupEpoch,
            targetAssignmentEpoch: group.assignmentEpoch,
            authorizedOperations: operationsIn(group.authorizedOperations),
          });
        });
      },
    },
    limit,
  );
  return resultsOf(keys, results, (groupId) => groupId);
}

import * as ErrorCode from "../../errors/error-code.ts";
import { type DescribeGroupsResponse, describeGroupsApi } from "../../protocol/messages/describe-groups.ts";
import type { Input } from "../../protocol/schema.ts";
import { groupOperations } from "../authorized-operations.ts";
import { type AnyHandler, type ClusterState, handler } from "../handler.ts";
import { NO_BYTES } from "../state/groups/classic-member.ts";

type Described = Input<DescribeGroupsResponse["groups"][number]>;

/** From this version on, an unknown group has an error of its own. */
const NOT_FOUND_SINCE = 6;

/** DescribeGroups, 0 to 6: describes classic groups. */
export function describeGroups(): AnyHandler {
  return handler({
    api: describeGroupsApi,
    min: 0,
    max: 6,
    handle: ({ groups, includeAuthorizedOperations }, { cluster, nodeId, apiVersion, access }) => ({
      groups: groups.map((groupId) => {
        if (access?.denies("DESCRIBE", "GROUP", groupId) === true)
          return { groupId, errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED };
        const errorCode = cluster.coordinators.errorAt("group", groupId, nodeId);
        if (errorCode !== ErrorCode.NONE) return { groupId, errorCode };
        const described = describe(cluster, groupId, apiVersion);
        return includeAuthorizedOperations && (described.errorCode ?? ErrorCode.NONE) === ErrorCode.NONE
          ? { ...described, authorizedOperations: groupOperations(access, groupId) }
          : described;
      }),
    }),
  });
}

function describe({ groups, groupCoordinator }: ClusterState, groupId: string, apiVersion: number): Described {
  groupCoordinator.catchUp(groupId);
  const group = groups.get(groupId)?.members;
  if (group?.type !== "classic") {
    const dead = { groupId, groupState: "Dead" };
    return apiVersion < NOT_FOUND_SINCE
      ? dead
      : {
          ...dead,
          errorCode: ErrorCode.GROUP_ID_NOT_FOUND,
          errorMessage:
            group === undefined ? `Group ${groupId} not found.` : `Group ${groupId} is not a classic group.`,
        };
  }
  const { state, protocolType = "", protocolName = "", members } = group;
  const isStable = state === "Stable";
  return {
    groupId,
    groupState: state,
    protocolType,
    protocolData: isStable ? protocolName : "",
    members: members.all.map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: isStable ? member.metadataOf(protocolName) : NO_BYTES,
      memberAssignment: member.assignment,
    })),
  };
}

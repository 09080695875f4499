import { type DescribeGroupsResponse, describeGroupsApi } from "../../protocol/messages/describe-groups.ts";
import type { Input } from "../../protocol/schema.ts";
import { GROUP_OPERATIONS } from "../authorized-operations.ts";
import { codes } from "../codes.ts";
import { type AnyHandler, type ClusterState, handler } from "../handler.ts";
import { NO_BYTES } from "../state/groups/classic-member.ts";

type Described = Input<DescribeGroupsResponse["groups"][number]>;

/** From here on a group that there is not is an error of its own. */
const NOT_FOUND_SINCE = 6;

/** DescribeGroups, 0 to 6: of classic groups. */
export function describeGroups(): AnyHandler {
  return handler({
    api: describeGroupsApi,
    min: 0,
    max: 6,
    handle: ({ groups, includeAuthorizedOperations }, { cluster, nodeId, apiVersion }) => ({
      groups: groups.map((groupId) => {
        if (groupId === "") return { groupId, errorCode: codes.INVALID_GROUP_ID };
        const errorCode = cluster.coordinators.errorAt("group", groupId, nodeId);
        if (errorCode !== codes.NONE) return { groupId, errorCode };
        const described = describe(cluster, groupId, apiVersion);
        return includeAuthorizedOperations ? { ...described, authorizedOperations: GROUP_OPERATIONS } : described;
      }),
    }),
  });
}

function describe({ groups }: ClusterState, groupId: string, apiVersion: number): Described {
  const group = groups.get(groupId)?.members;
  if (group === undefined) {
    const dead = { groupId, groupState: "Dead" };
    return apiVersion < NOT_FOUND_SINCE ? dead : { ...dead, errorCode: codes.GROUP_ID_NOT_FOUND, errorMessage: `Group ${groupId} not found.` };
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
      memberAssignment: isStable ? member.assignment : NO_BYTES,
    })),
  };
}

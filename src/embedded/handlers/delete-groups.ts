import * as ErrorCode from "../../errors/error-code.ts";
import { deleteGroupsApi } from "../../protocol/messages/delete-groups.ts";
import { type AnyHandler, handler } from "../handler.ts";

/** DeleteGroups, 0 to 3: deletes groups without members, with their committed offsets. */
export function deleteGroups(): AnyHandler {
  return handler({
    api: deleteGroupsApi,
    min: 0,
    max: 3,
    handle: ({ groupsNames }, { cluster, nodeId, access }) => ({
      results: [...new Set(groupsNames)].map((groupId) => {
        if (access?.denies("DELETE", "GROUP", groupId) === true)
          return { groupId, errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED };
        const error = cluster.coordinators.errorAt("group", groupId, nodeId);
        return { groupId, errorCode: error === ErrorCode.NONE ? cluster.groupCoordinator.delete(groupId) : error };
      }),
    }),
  });
}

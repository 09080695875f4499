import { deleteGroupsApi } from "../../protocol/messages/delete-groups.ts";
import { codes } from "../codes.ts";
import { type AnyHandler, handler } from "../handler.ts";

/** DeleteGroups, 0 to 3: of groups without members, with what they committed. */
export function deleteGroups(): AnyHandler {
  return handler({
    api: deleteGroupsApi,
    min: 0,
    max: 3,
    handle: ({ groupsNames }, { cluster, nodeId }) => ({
      results: [...new Set(groupsNames)].map((groupId) => {
        const error = cluster.coordinators.errorAt("group", groupId, nodeId);
        return { groupId, errorCode: error === codes.NONE ? cluster.groupCoordinator.delete(groupId) : error };
      }),
    }),
  });
}

import * as ErrorCode from "../../errors/error-code.ts";
import { listGroupsApi } from "../../protocol/messages/list-groups.ts";
import { type AnyHandler, handler } from "../handler.ts";

/** ListGroups, 0 to 5: lists the groups that this broker coordinates and the client may describe. */
export function listGroups(): AnyHandler {
  return handler({
    api: listGroupsApi,
    min: 0,
    max: 5,
    handle: ({ statesFilter, typesFilter }, { cluster, nodeId, access }) => {
      const states = statesFilter.map((state) => state.toLowerCase());
      const types = typesFilter.map((type) => type.toLowerCase());
      const seesAll = access?.deniesCluster("DESCRIBE") !== true;
      const here = [...cluster.groups.all].filter(
        ({ groupId }) =>
          cluster.coordinators.errorAt("group", groupId, nodeId) === ErrorCode.NONE &&
          (seesAll || !access.denies("DESCRIBE", "GROUP", groupId)),
      );
      for (const { groupId } of here) cluster.groupCoordinator.catchUp(groupId);
      return {
        groups: here
          .filter(
            ({ members }) =>
              (states.length === 0 || states.includes(members.state.toLowerCase())) &&
              (types.length === 0 || types.includes(members.type)),
          )
          .map(({ groupId, members }) => ({
            groupId,
            protocolType: members.protocolType ?? "",
            groupState: members.state,
            groupType: members.type,
          })),
      };
    },
  });
}

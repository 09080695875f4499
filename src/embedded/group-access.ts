import * as ErrorCode from "../errors/error-code.ts";
import type { RequestContext } from "./handler.ts";

/** Why a request of a member of a classic group is refused before the group is asked. */
export function memberError(groupId: string, { cluster, nodeId, access }: RequestContext): number {
  if (access?.denies("READ", "GROUP", groupId) === true) return ErrorCode.GROUP_AUTHORIZATION_FAILED;
  return groupId === "" ? ErrorCode.INVALID_GROUP_ID : cluster.coordinators.errorAt("group", groupId, nodeId);
}

import * as ErrorCode from "../../errors/error-code.ts";
import { type LeaveGroupRequest, type LeaveGroupResponse, leaveGroupApi } from "../../protocol/messages/leave-group.ts";
import type { Input } from "../../protocol/schema.ts";
import { memberError } from "../group-access.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";

/** From this version on, several members may leave in one request (KIP-345). */
const MEMBERS_SINCE = 3;

/** LeaveGroup, 0 to 5. */
export function leaveGroup(): AnyHandler {
  return handler({ api: leaveGroupApi, min: 0, max: 5, handle: serve });
}

function serve(request: LeaveGroupRequest, context: RequestContext): Input<LeaveGroupResponse> {
  const { cluster, apiVersion } = context;
  const { groupId, memberId } = request;
  const leaving = apiVersion < MEMBERS_SINCE ? [{ memberId, groupInstanceId: null }] : request.members;
  const error = memberError(groupId, context);
  if (error !== ErrorCode.NONE) return { errorCode: error };
  const errors = cluster.groupCoordinator.leave(groupId, leaving);
  if (apiVersion < MEMBERS_SINCE) return { errorCode: errors[0] ?? ErrorCode.NONE };
  return {
    members: leaving.map((one, i) => ({
      memberId: one.memberId,
      groupInstanceId: one.groupInstanceId,
      errorCode: errors[i] ?? ErrorCode.NONE,
    })),
  };
}

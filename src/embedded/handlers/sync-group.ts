import * as ErrorCode from "../../errors/error-code.ts";
import { type SyncGroupRequest, type SyncGroupResponse, syncGroupApi } from "../../protocol/messages/sync-group.ts";
import type { Input } from "../../protocol/schema.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";
import { memberError } from "../group-access.ts";
import { syncError } from "../state/groups/classic-member.ts";

/** From this version on, the protocol must be named. */
const PROTOCOL_SINCE = 5;

/** SyncGroup, 0 to 5. The response waits for the leader's assignment. */
export function syncGroup(): AnyHandler {
  return handler({ api: syncGroupApi, min: 0, max: 5, handle: serve });
}

async function serve(
  request: SyncGroupRequest,
  context: RequestContext,
): Promise<Input<SyncGroupResponse> | undefined> {
  const { cluster, apiVersion, signal } = context;
  const { groupId, protocolType, protocolName } = request;
  if (apiVersion >= PROTOCOL_SINCE && (protocolType === null || protocolName === null))
    return syncError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
  const error = memberError(groupId, context);
  return error === ErrorCode.NONE ? cluster.groupCoordinator.sync(groupId, request, signal) : syncError(error);
}

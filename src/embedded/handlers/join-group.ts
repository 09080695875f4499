import * as ErrorCode from "../../errors/error-code.ts";
import { type JoinGroupRequest, type JoinGroupResponse, joinGroupApi } from "../../protocol/messages/join-group.ts";
import type { Input } from "../../protocol/schema.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";
import { memberError } from "../group-access.ts";
import { joinError } from "../state/groups/classic-member.ts";

/** From this version on, a dynamic member must join again with the id that it was given (KIP-394). */
const KNOWN_ID_SINCE = 4;
/** From this version on, the protocol name may be null. */
const NO_NAME_SINCE = 7;
/** From this version on, the response can tell the leader that it has nothing to assign (KIP-814). */
const SKIPS_SINCE = 9;

/** JoinGroup, 0 to 9. The response waits for the group. */
export function joinGroup(): AnyHandler {
  return handler({ api: joinGroupApi, min: 0, max: 9, handle: serve });
}

async function serve(
  request: JoinGroupRequest,
  context: RequestContext,
): Promise<Input<JoinGroupResponse> | undefined> {
  const { cluster, apiVersion, clientId, clientHost, signal } = context;
  const { groupId, memberId, groupInstanceId, sessionTimeoutMs, rebalanceTimeoutMs, protocolType, protocols } = request;
  const error = memberError(groupId, context);
  const member = {
    memberId,
    groupInstanceId,
    clientId: clientId ?? "",
    clientHost,
    sessionTimeoutMs,
    rebalanceTimeoutMs: rebalanceTimeoutMs < 0 ? sessionTimeoutMs : rebalanceTimeoutMs,
    protocolType,
    protocols,
  };
  const versioned = {
    requiresKnownMemberId: apiVersion >= KNOWN_ID_SINCE,
    supportsSkippingAssignment: apiVersion >= SKIPS_SINCE,
  };
  const answer =
    error !== ErrorCode.NONE
      ? joinError(error, memberId)
      : await cluster.groupCoordinator.join(groupId, { ...member, ...versioned }, signal);
  if (answer === undefined) return undefined;
  return { ...answer, protocolName: answer.protocolName ?? (apiVersion < NO_NAME_SINCE ? "" : null) };
}

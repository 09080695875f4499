import * as ErrorCode from "../../errors/error-code.ts";
import {
  type OffsetCommitRequest,
  type OffsetCommitResponse,
  offsetCommitApi,
} from "../../protocol/messages/offset-commit.ts";
import type { Input } from "../../protocol/schema.ts";
import { AskedOffsets, commitOffsets, partitionsOf, refusedOffsets } from "../commit-offsets.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";

/** From this version on, members understand that the group does not exist. */
const GROUP_NOT_FOUND_SINCE = 9;
const TOPIC_IDS_SINCE = 10;

/** OffsetCommit, 2 to 10. */
export function offsetCommit(): AnyHandler {
  return handler({ api: offsetCommitApi, min: 2, max: 10, handle: serve });
}

function serve(
  request: OffsetCommitRequest,
  { cluster, nodeId, apiVersion, access }: RequestContext,
): Input<OffsetCommitResponse> {
  const { groupId, memberId, groupInstanceId, generationIdOrMemberEpoch: generation } = request;
  const { coordinators, groups, groupCoordinator, topics } = cluster;
  if (access?.denies("READ", "GROUP", groupId) === true)
    return {
      topics: refusedOffsets(request.topics, apiVersion >= TOPIC_IDS_SINCE, ErrorCode.GROUP_AUTHORIZATION_FAILED),
    };
  const asked = new AskedOffsets(topics, request.topics, apiVersion >= TOPIC_IDS_SINCE, access);
  const elsewhere = coordinators.errorAt("group", groupId, nodeId);
  const unknownGroup =
    apiVersion >= GROUP_NOT_FOUND_SINCE ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.ILLEGAL_GENERATION;
  const error =
    elsewhere !== ErrorCode.NONE
      ? elsewhere
      : groups.commitError(groupId, { memberId, groupInstanceId, generation }, unknownGroup, {
          isTransactional: false,
          apiVersion,
          partitions: partitionsOf(asked.known, topics),
        });
  if (error === ErrorCode.NONE) groupCoordinator.committed(groupId, memberId);
  return {
    topics: asked.answer(
      commitOffsets(topics, asked.known, error, (offset) => groupCoordinator.commit(groupId, offset)),
    ),
  };
}

import { type OffsetCommitRequest, type OffsetCommitResponse, offsetCommitApi } from "../../protocol/messages/offset-commit.ts";
import type { Input } from "../../protocol/schema.ts";
import { codes } from "../codes.ts";
import { commitOffsets } from "../commit-offsets.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";

/** From here on members know that a group may be gone. */
const GROUP_NOT_FOUND_SINCE = 9;
const TOPIC_IDS_SINCE = 10;

/** OffsetCommit, 2 to 10. Nothing is forgotten with time. */
export function offsetCommit(): AnyHandler {
  return handler({ api: offsetCommitApi, min: 2, max: 10, handle: serve });
}

function serve(request: OffsetCommitRequest, { cluster, nodeId, apiVersion }: RequestContext): Input<OffsetCommitResponse> {
  const { groupId, memberId, groupInstanceId, generationIdOrMemberEpoch: generation } = request;
  const isById = apiVersion >= TOPIC_IDS_SINCE;
  const { coordinators, groups, groupCoordinator, topics } = cluster;
  const elsewhere = coordinators.errorAt("group", groupId, nodeId);
  const error = elsewhere !== codes.NONE ? elsewhere : groups.commitError(groupId, { memberId, groupInstanceId, generation }, apiVersion >= GROUP_NOT_FOUND_SINCE ? codes.GROUP_ID_NOT_FOUND : codes.ILLEGAL_GENERATION);
  if (error === codes.NONE) groupCoordinator.committed(groupId, memberId);
  if (!isById) return { topics: commitOffsets(topics, request.topics, error, (offset) => groups.for(groupId).offsets.commit(offset)) };
  const named = request.topics.map((topic) => ({ ...topic, name: topics.byId(topic.topicId)?.name }));
  const unknown = named.filter(({ name }) => name === undefined).map(({ topicId, partitions }) => ({ topicId, partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: codes.UNKNOWN_TOPIC_ID })) }));
  const known = named.flatMap(({ name, partitions }) => (name === undefined ? [] : [{ name, partitions }]));
  const answered = commitOffsets(topics, known, error, (offset) => groups.for(groupId).offsets.commit(offset));
  return { topics: [...unknown, ...answered.map(({ name, partitions }) => ({ topicId: topics.byName(name)?.topicId ?? "", partitions }))] };
}

import { type DeleteTopicsResponseDeletableTopicResult, deleteTopicsApi } from "../../protocol/messages/delete-topics.ts";
import type { Input } from "../../protocol/schema.ts";
import { ZERO_UUID } from "../../wire/uuid.ts";
import { codes } from "../codes.ts";
import { type AnyHandler, type ClusterState, handler } from "../handler.ts";

const IDS_SINCE = 6;

/** DeleteTopics, 1 to 6: by name, from version 6 on also by id. */
export function deleteTopics(): AnyHandler {
  return handler({
    api: deleteTopicsApi,
    min: 1,
    max: 6,
    handle: (request, { cluster, apiVersion }) => {
      const named = apiVersion >= IDS_SINCE ? request.topics : request.topicNames.map((name) => ({ name, topicId: ZERO_UUID }));
      return { responses: named.map(({ name, topicId }) => remove(name, topicId, cluster)) };
    },
  });
}

function remove(name: string | null, topicId: string, { topics }: ClusterState): Input<DeleteTopicsResponseDeletableTopicResult> {
  const refuse = (errorCode: number, errorMessage: string): Input<DeleteTopicsResponseDeletableTopicResult> => ({ name, topicId, errorCode, errorMessage });
  if (name !== null && topicId !== ZERO_UUID) return refuse(codes.INVALID_REQUEST, "You may not specify both topic name and topic id.");
  if (name === null && topicId === ZERO_UUID) return refuse(codes.INVALID_REQUEST, "Neither topic name nor id were specified.");
  const topic = name === null ? topics.byId(topicId) : topics.byName(name);
  if (topic === undefined) return name === null ? refuse(codes.UNKNOWN_TOPIC_ID, "This server does not host this topic ID.") : refuse(codes.UNKNOWN_TOPIC_OR_PARTITION, "This server does not host this topic-partition.");
  topics.delete(topic);
  return { name: topic.name, topicId: topic.topicId, errorCode: codes.NONE };
}

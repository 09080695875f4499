import * as ErrorCode from "../../errors/error-code.ts";
import {
  type OffsetDeleteRequest,
  type OffsetDeleteResponse,
  offsetDeleteApi,
} from "../../protocol/messages/offset-delete.ts";
import type { Input } from "../../protocol/schema.ts";
import { type AnyHandler, type RequestContext, handler } from "../handler.ts";

/** OffsetDelete, 0 (KIP-496). */
export function offsetDelete(): AnyHandler {
  return handler({ api: offsetDeleteApi, min: 0, max: 0, handle: serve });
}

function serve(
  { groupId, topics }: OffsetDeleteRequest,
  { cluster, nodeId, access }: RequestContext,
): Input<OffsetDeleteResponse> {
  if (access?.denies("DELETE", "GROUP", groupId) === true) return { errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED };
  if (groupId === "") return { errorCode: ErrorCode.INVALID_GROUP_ID };
  const elsewhere = cluster.coordinators.errorAt("group", groupId, nodeId);
  if (elsewhere !== ErrorCode.NONE) return { errorCode: elsewhere };
  cluster.groupCoordinator.catchUp(groupId);
  const group = cluster.groups.get(groupId);
  if (group === undefined) return { errorCode: ErrorCode.GROUP_ID_NOT_FOUND };
  if (group.members.deleteOffsetsError !== ErrorCode.NONE) return { errorCode: group.members.deleteOffsetsError };
  return {
    topics: topics.map(({ name, partitions }) => {
      if (access?.denies("READ", "TOPIC", name) === true)
        return {
          name,
          partitions: partitions.map(({ partitionIndex }) => ({
            partitionIndex,
            errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED,
          })),
        };
      const exists = (partitionIndex: number): boolean =>
        cluster.topics.byName(name)?.partitions[partitionIndex] !== undefined;
      const known = partitions.filter(({ partitionIndex }) => exists(partitionIndex));
      const unknown = partitions.filter(({ partitionIndex }) => !exists(partitionIndex));
      const errorCode = group.members.isSubscribedTo(name) ? ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC : ErrorCode.NONE;
      if (errorCode === ErrorCode.NONE)
        for (const { partitionIndex } of known) group.offsets.delete(name, partitionIndex);
      // Kafka looks for partitions that do not exist before it asks the group, so their errors come first.
      return {
        name,
        partitions: [
          ...unknown.map(({ partitionIndex }) => ({ partitionIndex, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION })),
          ...known.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
        ],
      };
    }),
  };
}

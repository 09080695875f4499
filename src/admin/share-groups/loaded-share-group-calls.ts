import type { LoadedCalls } from "../admin-calls.ts";
import type { AdminContext } from "../admin-context.ts";
import { deleteConsumerGroups } from "../groups/delete-consumer-groups.ts";
import { alterShareGroupOffsets } from "./alter-share-group-offsets.ts";
import { deleteShareGroupOffsets } from "./delete-share-group-offsets.ts";
import { describeShareGroups } from "./describe-share-groups.ts";
import { listShareGroupOffsets } from "./list-share-group-offsets.ts";
import type { ShareGroupCalls } from "./share-group-calls.ts";

export function shareGroupCalls(context: AdminContext): LoadedCalls<ShareGroupCalls> {
  return {
    describeShareGroups: (groups, options = {}) => describeShareGroups(context, groups, options),
    deleteShareGroups: (groups, options = {}) => deleteConsumerGroups(context, groups, options, "deleteShareGroups"),
    listShareGroupOffsets: (groups, options = {}) => listShareGroupOffsets(context, groups, options),
    alterShareGroupOffsets: (groupId, offsets, options = {}) =>
      alterShareGroupOffsets(context, groupId, offsets, options),
    deleteShareGroupOffsets: (groupId, topics, options = {}) =>
      deleteShareGroupOffsets(context, groupId, topics, options),
  };
}

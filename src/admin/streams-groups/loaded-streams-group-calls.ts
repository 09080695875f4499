import type { LoadedCalls } from "../admin-calls.ts";
import type { AdminContext } from "../admin-context.ts";
import { deleteConsumerGroups } from "../groups/delete-consumer-groups.ts";
import { alterConsumerGroupOffsets } from "../offsets/alter-consumer-group-offsets.ts";
import { deleteConsumerGroupOffsets } from "../offsets/delete-consumer-group-offsets.ts";
import { listConsumerGroupOffsets } from "../offsets/list-consumer-group-offsets.ts";
import { describeStreamsGroups } from "./describe-streams-groups.ts";
import type { StreamsGroupCalls } from "./streams-group-calls.ts";

export function streamsGroupCalls(context: AdminContext): LoadedCalls<StreamsGroupCalls> {
  return {
    describeStreamsGroups: (groups, options = {}) => describeStreamsGroups(context, groups, options),
    deleteStreamsGroups: (groups, options = {}) =>
      deleteConsumerGroups(context, groups, options, "deleteStreamsGroups"),
    listStreamsGroupOffsets: (groups, options = {}) =>
      listConsumerGroupOffsets(context, groups, options, "listStreamsGroupOffsets"),
    alterStreamsGroupOffsets: (groupId, offsets, options = {}) =>
      alterConsumerGroupOffsets(context, groupId, offsets, options, "alterStreamsGroupOffsets"),
    deleteStreamsGroupOffsets: (groupId, partitions, options = {}) =>
      deleteConsumerGroupOffsets(context, groupId, partitions, options, "deleteStreamsGroupOffsets"),
  };
}

import type { LoadedCalls } from "../admin-calls.ts";
import type { AdminContext } from "../admin-context.ts";
import { alterConsumerGroupOffsets } from "./alter-consumer-group-offsets.ts";
import { deleteConsumerGroupOffsets } from "./delete-consumer-group-offsets.ts";
import type { GroupOffsetCalls } from "./group-offset-calls.ts";
import { groupLag } from "./group-lag.ts";
import { listConsumerGroupOffsets } from "./list-consumer-group-offsets.ts";
import { resetOffsets } from "./reset-offsets.ts";

export function groupOffsetCalls(context: AdminContext): LoadedCalls<GroupOffsetCalls> {
  return {
    listConsumerGroupOffsets: (groups, options = {}) => listConsumerGroupOffsets(context, groups, options),
    alterConsumerGroupOffsets: (groupId, offsets, options = {}) =>
      alterConsumerGroupOffsets(context, groupId, offsets, options),
    deleteConsumerGroupOffsets: (groupId, partitions, options = {}) =>
      deleteConsumerGroupOffsets(context, groupId, partitions, options),
    resetOffsets: (groupId, options) => resetOffsets(context, groupId, options),
    groupLag: (groupId, options = {}) => groupLag(context, groupId, options),
  };
}

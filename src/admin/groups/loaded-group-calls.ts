import type { LoadedCalls } from "../admin-calls.ts";
import type { AdminContext } from "../admin-context.ts";
import { deleteConsumerGroups } from "./delete-consumer-groups.ts";
import { describeClassicGroups } from "./describe-classic-groups.ts";
import { describeConsumerGroups } from "./describe-consumer-groups.ts";
import type { GroupCalls } from "./group-calls.ts";
import { listConsumerGroups, listGroups } from "./list-groups.ts";
import { removeMembersFromConsumerGroup } from "./remove-members.ts";

export function groupCalls(context: AdminContext): LoadedCalls<GroupCalls> {
  const { client } = context;
  return {
    listGroups: (options = {}) => listGroups(client, options),
    listConsumerGroups: (options = {}) => listConsumerGroups(client, options),
    describeConsumerGroups: (groups, options = {}) => describeConsumerGroups(context, groups, options),
    describeClassicGroups: (groups, options = {}) => describeClassicGroups(context, groups, options),
    deleteConsumerGroups: (groups, options = {}) => deleteConsumerGroups(context, groups, options),
    removeMembersFromConsumerGroup: (groupId, options = {}) =>
      removeMembersFromConsumerGroup(context, groupId, options),
  };
}

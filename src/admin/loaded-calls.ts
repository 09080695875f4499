import type { LoadedCalls } from "./admin-calls.ts";
import type { AdminContext } from "./admin-context.ts";
import { clusterCalls } from "./cluster/loaded-cluster-calls.ts";
import { configCalls } from "./configs/loaded-config-calls.ts";
import { groupCalls } from "./groups/loaded-group-calls.ts";
import { groupOffsetCalls } from "./offsets/loaded-group-offset-calls.ts";
import { recordCalls } from "./records/loaded-record-calls.ts";
import { securityCalls } from "./security/loaded-security-calls.ts";
import { topicCalls } from "./topics/loaded-topic-calls.ts";
import { transactionCalls } from "./transactions/loaded-transaction-calls.ts";

/** The calls of one admin. */
export function loadedCalls(context: AdminContext): LoadedCalls {
  return {
    ...topicCalls(context),
    ...recordCalls(context),
    ...configCalls(context),
    ...clusterCalls(context),
    ...groupCalls(context),
    ...groupOffsetCalls(context),
    ...transactionCalls(context),
    ...securityCalls(context),
  };
}

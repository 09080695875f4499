import { streamsGroupCalls } from "./streams-groups/loaded-streams-group-calls.ts";
import { shareGroupCalls } from "./share-groups/loaded-share-group-calls.ts";
import { replicaCalls } from "./replicas/loaded-replica-calls.ts";
import { logDirCalls } from "./log-dirs/loaded-log-dir-calls.ts";
import { quotaCalls } from "./quotas/loaded-quota-calls.ts";
import { quorumCalls } from "./quorum/loaded-quorum-calls.ts";
import type { LoadedCalls } from "./admin-calls.ts";
import type { AdminContext } from "./admin-context.ts";
import { callsAtControllers } from "./controller-calls.ts";
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
  const calls: LoadedCalls = {
    ...topicCalls(context),
    ...recordCalls(context),
    ...configCalls(context),
    ...clusterCalls(context),
    ...groupCalls(context),
    ...groupOffsetCalls(context),
    ...transactionCalls(context),
    ...quorumCalls(context),
    ...quotaCalls(context),
    ...logDirCalls(context),
    ...replicaCalls(context),
    ...shareGroupCalls(context),
    ...streamsGroupCalls(context),
    ...securityCalls(context),
  };
  return context.client.cluster.isOfControllers ? callsAtControllers(calls) : calls;
}

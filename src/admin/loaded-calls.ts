import type { LoadedCalls } from "./admin-calls.ts";
import type { AdminContext } from "./admin-context.ts";
import { clusterCalls } from "./cluster/loaded-cluster-calls.ts";
import { securityCalls } from "./security/loaded-security-calls.ts";
import { topicCalls } from "./topics/loaded-topic-calls.ts";

/** The calls of one admin. */
export function loadedCalls(context: AdminContext): LoadedCalls {
  return { ...topicCalls(context), ...clusterCalls(context), ...securityCalls(context) };
}

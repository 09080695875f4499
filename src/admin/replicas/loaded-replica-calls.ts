import type { LoadedCalls } from "../admin-calls.ts";
import type { AdminContext } from "../admin-context.ts";
import { alterPartitionReassignments } from "./alter-partition-reassignments.ts";
import { electLeaders } from "./elect-leaders.ts";
import { listPartitionReassignments } from "./list-partition-reassignments.ts";
import type { ReplicaCalls } from "./replica-calls.ts";

export function replicaCalls({ client }: AdminContext): LoadedCalls<ReplicaCalls> {
  return {
    electLeaders: (electionType, partitions, options = {}) => electLeaders(client, electionType, partitions, options),
    alterPartitionReassignments: (reassignments, options = {}) =>
      alterPartitionReassignments(client, reassignments, options),
    listPartitionReassignments: (options = {}) => listPartitionReassignments(client, options),
  };
}

import type { LoadedCalls } from "../admin-calls.ts";
import type { AdminContext } from "../admin-context.ts";
import type { ClusterCalls } from "./cluster-calls.ts";
import { describeCluster } from "./describe-cluster.ts";

export function clusterCalls({ client }: AdminContext): LoadedCalls<ClusterCalls> {
  return {
    describeCluster: (options = {}) => describeCluster(client, options),
  };
}

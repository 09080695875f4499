import type { LoadedCalls } from "../admin-calls.ts";
import type { AdminContext } from "../admin-context.ts";
import type { ClusterCalls } from "./cluster-calls.ts";
import { describeCluster } from "./describe-cluster.ts";
import { describeFeatures } from "./describe-features.ts";
import { updateFeatures } from "./update-features.ts";

export function clusterCalls({ client }: AdminContext): LoadedCalls<ClusterCalls> {
  return {
    describeCluster: (options = {}) => describeCluster(client, options),
    describeFeatures: (options = {}) => describeFeatures(client, options),
    updateFeatures: (updates, options = {}) => updateFeatures(client, updates, options),
  };
}

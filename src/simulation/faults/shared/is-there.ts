import type { EmbeddedCluster } from "../../../embedded/embedded-cluster.ts";

/** Whether a broker is still a member of the cluster, whether up or down. */
export function isThere(cluster: EmbeddedCluster, brokerId: number): boolean {
  return cluster.snapshot().brokers.some(({ nodeId }) => nodeId === brokerId);
}

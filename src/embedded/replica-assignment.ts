import type { ClusterState } from "./handler.ts";

/** Why a partition cannot have the replicas that a client chose, in Kafka's words; undefined if it can. */
export function replicasError(brokerIds: readonly number[], cluster: ClusterState): string | undefined {
  if (brokerIds.length === 0) return "The manual partition assignment includes an empty replica list.";
  const sorted = [...brokerIds].sort((a, b) => a - b);
  const unknown = sorted.find((id) => !cluster.nodes().some((broker) => broker.nodeId === id));
  const twice = sorted.find((id, i) => i > 0 && sorted[i - 1] === id);
  // Kafka checks the replicas in order, each for both faults.
  if (unknown !== undefined && (twice === undefined || unknown <= twice))
    return `The manual partition assignment includes broker ${unknown}, but no such broker is registered.`;
  return twice === undefined
    ? undefined
    : `The manual partition assignment includes the broker ${twice} more than once.`;
}

/** Why a partition cannot have another number of replicas than those before it, in Kafka's words. */
export function factorError(brokerIds: readonly number[], factor: number): string | undefined {
  return brokerIds.length === factor
    ? undefined
    : `The manual partition assignment includes a partition with ${brokerIds.length} replica(s), but this is not ` +
        `consistent with previous partitions, which have ${factor} replica(s).`;
}

import type { EmbeddedClusterOptions } from "../options.ts";

/** The number of partitions of a topic that does not set it. */
export function defaultPartitions({ numPartitions }: EmbeddedClusterOptions): number {
  return numPartitions ?? 3;
}

/** The number of replicas of a topic that does not set it. */
export function defaultFactor({ brokers, defaultReplicationFactor }: EmbeddedClusterOptions): number {
  return defaultReplicationFactor ?? Math.min(3, brokers ?? 1);
}

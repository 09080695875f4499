import type { ClusterClient } from "../../cluster/cluster-client.ts";
import type { PartitioningSettings } from "./producer-settings.ts";
import type { StickyPolicy } from "./topic-queue.ts";

/** How partitions are chosen for records without a key and a partition, according to the settings. */
export function stickyPolicy(
  client: ClusterClient,
  { isAdaptive, availabilityTimeoutMs, rack }: PartitioningSettings,
): StickyPolicy {
  return {
    isAdaptive,
    isStalled: ({ sink }) =>
      availabilityTimeoutMs > 0 && sink?.isStalled(availabilityTimeoutMs, client.clock.monotonic()) === true,
    isNear: rack === undefined ? undefined : (leaderId) => client.snapshot.brokers.get(leaderId)?.rack === rack,
    random: () => client.cluster.random(),
  };
}

import type { FaultDefinition } from "../fault-definition.ts";
import type { EmbeddedCluster } from "../../embedded/embedded-cluster.ts";
import { isThere } from "./shared/is-there.ts";

/** Other brokers become the leaders of a broker's partitions, and this broker does not learn of it. */
export const staleMetadata: FaultDefinition<"stale-metadata"> = {
  kind: "stale-metadata",
  amount: undefined,
  words: ({ broker }) => `${broker} leads no partitions any more, and does not know it`,
  begin: ({ world: { cluster }, brokerId }) => {
    cluster.freezeMetadata(brokerId);
    giveAwayLeaders(cluster, brokerId);
    return () => {
      if (isThere(cluster, brokerId)) cluster.thawMetadata(brokerId);
    };
  },
};

/** Other brokers become the leaders of the partitions that a broker leads. */
function giveAwayLeaders(cluster: EmbeddedCluster, brokerId: number): void {
  const { brokers, topics } = cluster.snapshot();
  const up = brokers.filter(({ isUp }) => isUp).map(({ nodeId }) => nodeId);
  for (const { topic, partitions } of topics) {
    for (const { partition, leaderId, isr } of partitions) {
      const next = isr.find((id) => id !== brokerId && up.includes(id));
      if (leaderId === brokerId && next !== undefined) cluster.moveLeader(topic, partition, next);
    }
  }
}

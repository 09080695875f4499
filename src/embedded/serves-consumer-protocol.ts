import type { ClusterState } from "./handler.ts";

const PROTOCOLS = "group.coordinator.rebalance.protocols";

/**
 * Whether a broker serves groups of the protocol of KIP-848: the cluster has finalised `group.version` 1, and the
 * broker's config `group.coordinator.rebalance.protocols` names `consumer`, as it does by default.
 */
export function servesConsumerProtocol(
  { features, configs }: Pick<ClusterState, "features" | "configs">,
  nodeId: number,
): boolean {
  if (features().groupVersion < 1) return false;
  const protocols = configs.brokerValue(PROTOCOLS, nodeId) ?? "consumer";
  return protocols.split(",").some((name) => name.trim().toLowerCase() === "consumer");
}

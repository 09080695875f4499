import type { Strike } from "../../fault-definition.ts";
import type { NetworkConnection } from "../../network-connection.ts";

/** The connections between the node and the broker that a fault affects. */
export function connectionsOf({ world, node, broker }: Strike): readonly NetworkConnection[] {
  return world.network.connections.filter((connection) => connection.joins(node.name, broker));
}

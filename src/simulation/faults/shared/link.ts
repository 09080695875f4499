import type { Strike } from "../../fault-definition.ts";
import type { LinkConditions } from "../../network-link.ts";

/** Gives the link between the node and the broker these properties until the returned function is called. */
export function changeLink({ world, node, broker }: Strike, conditions: Partial<LinkConditions>): () => void {
  world.network.setLink(node.name, broker, conditions);
  return () => world.network.setLink(node.name, broker, undefined);
}

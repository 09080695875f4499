import type { FaultDefinition } from "../fault-definition.ts";

/** Nothing gets through between a node and a broker. */
export const partition: FaultDefinition<"partition"> = {
  kind: "partition",
  amount: undefined,
  words: ({ node, broker }) => `nothing gets through between ${node} and ${broker}`,
  begin: ({ world, node, broker }) => world.network.partition(node.name, broker),
};

import type { FaultDefinition } from "../fault-definition.ts";

/** Nothing gets through from a node to a broker, or nothing from the broker to the node. */
export const oneWayPartition: FaultDefinition<"one-way-partition"> = {
  kind: "one-way-partition",
  amount: undefined,
  words: ({ node, broker }) => `nothing gets through in one of the two directions between ${node} and ${broker}`,
  begin: ({ world: { network }, node, broker, amount, nodeDraw }) => {
    const [from, to] = amount % 2 === nodeDraw % 2 ? [node.name, broker] : [broker, node.name];
    network.clog(from, to);
    return () => network.unclog(from, to);
  },
};

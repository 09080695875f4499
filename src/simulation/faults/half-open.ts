import type { FaultDefinition } from "../fault-definition.ts";
import { connectionsOf } from "./shared/connections.ts";

/** The connections between a node and a broker go silent, and neither end is notified. */
export const halfOpen: FaultDefinition<"half-open"> = {
  kind: "half-open",
  amount: undefined,
  words: ({ node, broker }) => `the connections between ${node} and ${broker} go silent, and neither end is notified`,
  begin: (strike) => {
    for (const connection of connectionsOf(strike)) connection.halfOpen();
    return undefined;
  },
};

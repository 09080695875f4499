import type { FaultDefinition } from "../fault-definition.ts";
import { connectionsOf } from "./shared/connections.ts";

/** The connections between a node and a broker are reset. */
export const reset: FaultDefinition<"reset"> = {
  kind: "reset",
  amount: undefined,
  words: ({ node, broker }) => `the connections between ${node} and ${broker} are reset`,
  begin: (strike) => {
    for (const connection of connectionsOf(strike)) connection.reset();
    return undefined;
  },
};

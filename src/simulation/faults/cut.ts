import type { FaultDefinition } from "../fault-definition.ts";
import { connectionsOf } from "./shared/connections.ts";

/** The connections between a node and a broker break after `amount` more bytes in one direction. */
export const cut: FaultDefinition<"cut"> = {
  kind: "cut",
  amount: { least: 1, greatest: 3000, unit: "bytes" },
  words: ({ node, broker, amount }) => `the connections between ${node} and ${broker} break after ${amount} more bytes`,
  begin: (strike) => {
    for (const connection of connectionsOf(strike))
      connection.cutAfter(strike.nodeDraw % 2 === 0 ? "client" : "server", strike.amount);
    return undefined;
  },
};

import type { FaultDefinition } from "../fault-definition.ts";
import { connectionsOf } from "./shared/connections.ts";

/** A node loses its connections to a broker; what it had written arrives `amount` later all the same. */
export const ghost: FaultDefinition<"ghost"> = {
  kind: "ghost",
  amount: { least: 1, greatest: 4000, unit: "ms" },
  words: ({ node, broker, amount }) =>
    `${node} loses its connections to ${broker}; what it had written arrives ${amount} ms later all the same`,
  begin: (strike) => {
    for (const connection of connectionsOf(strike)) connection.ghost(strike.amount);
    return undefined;
  },
};

import type { FaultDefinition } from "../fault-definition.ts";
import { connectionsOf } from "./shared/connections.ts";

/** A node loses its connections to a broker; the requests that it had written still arrive, `amount` later. */
export const ghost: FaultDefinition<"ghost"> = {
  kind: "ghost",
  amount: { least: 1, greatest: 4000, unit: "ms" },
  words: ({ node, broker, amount }) =>
    `${node} loses its connections to ${broker}; its written requests still arrive, ${amount} ms later`,
  begin: (strike) => {
    for (const connection of connectionsOf(strike)) connection.ghost(strike.amount);
    return undefined;
  },
};

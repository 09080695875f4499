import type { FaultDefinition } from "../fault-definition.ts";
import { changeLink } from "./shared/link.ts";

/** The link between a node and a broker has a latency of up to `amount`. */
export const slowLink: FaultDefinition<"slow-link"> = {
  kind: "slow-link",
  amount: { least: 5, greatest: 400, unit: "ms" },
  words: ({ node, broker, amount }) => `the link between ${node} and ${broker} takes up to ${amount} ms`,
  begin: (strike) => changeLink(strike, { latencyUs: [strike.amount * 100, strike.amount * 1000] }),
};

import type { FaultDefinition } from "../fault-definition.ts";
import { changeLink } from "./shared/link.ts";

/** The link between a node and a broker carries `amount` bytes per ms. */
export const narrowLink: FaultDefinition<"narrow-link"> = {
  kind: "narrow-link",
  amount: { least: 1, greatest: 100, unit: "bytes per ms" },
  words: ({ node, broker, amount }) => `the link between ${node} and ${broker} carries ${amount} bytes per ms`,
  begin: (strike) => changeLink(strike, { bytesPerMs: strike.amount }),
};

import type { FaultDefinition } from "../fault-definition.ts";
import { lag } from "./shared/lag.ts";

/** A broker fetches nothing from its leaders; if `amount` is 2, it is out of every ISR at once. */
export const laggingFollower: FaultDefinition<"lagging-follower"> = {
  kind: "lagging-follower",
  amount: { least: 1, greatest: 2, unit: "" },
  words: ({ broker, amount }) =>
    `${broker} fetches nothing from its leaders${amount > 1 ? ", and is out of every ISR" : ""}`,
  begin: (strike) => lag(strike, { isOutOfSync: strike.amount > 1 }),
};

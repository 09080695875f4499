import type { FaultDefinition } from "../fault-definition.ts";
import { struckApi } from "./shared/struck-api.ts";

/** A broker never answers the next `amount` requests of one API. */
export const hang: FaultDefinition<"hang"> = {
  kind: "hang",
  amount: { least: 1, greatest: 2, unit: "requests" },
  words: ({ broker, amount }) => `${broker} never answers up to ${amount} requests`,
  begin: (strike) =>
    strike.world.cluster.intercept(struckApi(strike), "hang", { broker: strike.brokerId, times: strike.amount }),
};

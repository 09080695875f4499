import type { FaultDefinition } from "../fault-definition.ts";
import { struckApi } from "./shared/struck-api.ts";

/** A broker closes the connection instead of carrying out a request, for the next `amount` requests of one API. */
export const lostRequest: FaultDefinition<"lost-request"> = {
  kind: "lost-request",
  amount: { least: 1, greatest: 4, unit: "requests" },
  words: ({ broker, amount }) => `${broker} closes the connection instead of carrying out up to ${amount} requests`,
  begin: (strike) =>
    strike.world.cluster.intercept(struckApi(strike), "disconnect", { broker: strike.brokerId, times: strike.amount }),
};

import type { FaultDefinition } from "../fault-definition.ts";
import { struckApi } from "./shared/struck-api.ts";

/** A broker carries out the next `amount` requests of one API, and closes the connection instead of answering. */
export const lostReply: FaultDefinition<"lost-reply"> = {
  kind: "lost-reply",
  amount: { least: 1, greatest: 4, unit: "requests" },
  words: ({ broker, amount }) =>
    `${broker} carries out up to ${amount} requests, and closes the connection instead of answering`,
  begin: (strike) =>
    strike.world.cluster.intercept(struckApi(strike), "disconnect-after", {
      broker: strike.brokerId,
      times: strike.amount,
    }),
};

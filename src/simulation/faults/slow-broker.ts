import type { FaultDefinition } from "../fault-definition.ts";
import { struckApi } from "./shared/struck-api.ts";

/** A broker takes `amount` longer for each request of one API. */
export const slowBroker: FaultDefinition<"slow-broker"> = {
  kind: "slow-broker",
  amount: { least: 1, greatest: 1500, unit: "ms" },
  words: ({ broker, amount }) => `${broker} takes ${amount} ms more for a request`,
  begin: (strike) =>
    strike.world.cluster.intercept(struckApi(strike), { delayMs: strike.amount }, { broker: strike.brokerId }),
};

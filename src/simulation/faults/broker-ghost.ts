import type { FaultDefinition } from "../fault-definition.ts";
import { struckApi } from "./shared/struck-api.ts";

/**
 * A broker closes the connection instead of answering up to three requests of one API, and carries them out `amount`
 * later all the same.
 */
export const brokerGhost: FaultDefinition<"broker-ghost"> = {
  kind: "broker-ghost",
  amount: { least: 1, greatest: 4000, unit: "ms" },
  words: ({ broker, amount }) =>
    `${broker} loses the connection before it answers up to 3 requests, and carries them out ${amount} ms later ` +
    "all the same",
  begin: (strike) =>
    strike.world.cluster.intercept(
      struckApi(strike),
      { applyLaterMs: strike.amount },
      { broker: strike.brokerId, times: 1 + (strike.nodeDraw % 3) },
    ),
};

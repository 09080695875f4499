import type { FaultDefinition } from "../fault-definition.ts";
import { struckApi } from "./shared/struck-api.ts";

/**
 * A broker closes the connection instead of answering up to three requests of one API, and still carries them out
 * `amount` later.
 */
export const brokerGhost: FaultDefinition<"broker-ghost"> = {
  kind: "broker-ghost",
  amount: { least: 1, greatest: 4000, unit: "ms" },
  words: ({ broker, amount }) =>
    `${broker} closes the connection instead of answering up to 3 requests, and still carries them out ${amount} ms ` +
    "later",
  begin: (strike) =>
    strike.world.cluster.intercept(
      struckApi(strike),
      { applyLaterMs: strike.amount },
      { broker: strike.brokerId, times: 1 + (strike.nodeDraw % 3) },
    ),
};

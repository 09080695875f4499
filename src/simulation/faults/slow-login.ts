import type { FaultDefinition } from "../fault-definition.ts";

/** A broker takes `amount` longer for each token of a login, which may end meanwhile. */
export const slowLogin: FaultDefinition<"slow-login"> = {
  kind: "slow-login",
  amount: { least: 1, greatest: 1500, unit: "ms" },
  onlyWhenAsked: true,
  words: ({ broker, amount }) => `${broker} takes ${amount} ms more for each token of a login`,
  begin: ({ world, brokerId, amount }) =>
    world.cluster.intercept("SaslAuthenticate", { delayMs: amount }, { broker: brokerId }),
};

import type { FaultDefinition } from "../fault-definition.ts";

/** A broker refuses new connections. */
export const refuse: FaultDefinition<"refuse"> = {
  kind: "refuse",
  amount: undefined,
  words: ({ broker }) => `${broker} refuses new connections`,
  begin: ({ world, broker }) => world.network.refuse(broker),
};

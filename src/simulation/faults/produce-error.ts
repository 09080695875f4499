import type { FaultDefinition } from "../fault-definition.ts";

/** A broker refuses the next `amount` Produce requests with NOT_ENOUGH_REPLICAS. */
export const produceError: FaultDefinition<"produce-error"> = {
  kind: "produce-error",
  amount: { least: 1, greatest: 8, unit: "requests" },
  words: ({ broker, amount }) => `${broker} refuses up to ${amount} produce requests with NOT_ENOUGH_REPLICAS`,
  begin: ({ world, brokerId, amount }) =>
    world.cluster.failRequests("Produce", Array<"NOT_ENOUGH_REPLICAS">(amount).fill("NOT_ENOUGH_REPLICAS"), {
      broker: brokerId,
    }),
};

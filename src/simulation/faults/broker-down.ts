import type { FaultDefinition } from "../fault-definition.ts";
import { isThere } from "./shared/is-there.ts";

/** A broker is down. */
export const brokerDown: FaultDefinition<"broker-down"> = {
  kind: "broker-down",
  amount: undefined,
  words: ({ broker }) => `${broker} is down`,
  begin: async ({ world: { cluster }, brokerId }) => {
    const up = cluster.snapshot().brokers.filter(({ isUp }) => isUp);
    if (!up.some(({ nodeId }) => nodeId === brokerId)) return undefined; // another fault has it down
    await cluster.stopBroker(brokerId);
    return async () => {
      if (isThere(cluster, brokerId)) await cluster.startBroker(brokerId);
    };
  },
};

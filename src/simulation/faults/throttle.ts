import type { FaultDefinition } from "../fault-definition.ts";
import { struckApi } from "./shared/struck-api.ts";

/** A broker throttles its clients for `amount` with each response of one API. */
export const throttle: FaultDefinition<"throttle"> = {
  kind: "throttle",
  amount: { least: 1, greatest: 2000, unit: "ms" },
  words: ({ broker, amount }) => `${broker} throttles its clients for ${amount} ms with each response of one API`,
  begin: (strike) => {
    const respond = <T extends object>(response: T): T => ({ ...response, throttleTimeMs: strike.amount });
    return strike.world.cluster.intercept(struckApi(strike), { respond }, { broker: strike.brokerId });
  },
};

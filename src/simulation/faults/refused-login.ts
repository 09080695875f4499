import type { FaultDefinition } from "../fault-definition.ts";
import { refusedLogin as refuse } from "./shared/refused-login.ts";

/** A broker refuses all logins. */
export const refusedLogin: FaultDefinition<"refused-login"> = {
  kind: "refused-login",
  amount: undefined,
  onlyWhenAsked: true,
  words: ({ broker }) => `${broker} refuses all logins`,
  begin: ({ world, brokerId }) => world.cluster.intercept("SaslAuthenticate", refuse, { broker: brokerId }),
};

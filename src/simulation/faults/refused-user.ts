import type { FaultDefinition } from "../fault-definition.ts";
import { refusedLogin } from "./shared/refused-login.ts";

/** Every broker refuses the logins of a node, as if its user were deleted or its token revoked. */
export const refusedUser: FaultDefinition<"refused-user"> = {
  kind: "refused-user",
  amount: undefined,
  onlyWhenAsked: true,
  words: ({ node }) => `every broker refuses the logins of ${node}`,
  begin: ({ world, node }) => world.cluster.intercept("SaslAuthenticate", refusedLogin, { clientId: node.name }),
};

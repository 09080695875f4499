import type { FaultDefinition } from "../fault-definition.ts";

/** The event loop of a node stands still. */
export const stall: FaultDefinition<"stall"> = {
  kind: "stall",
  amount: undefined,
  words: ({ node }) => `the event loop of ${node} does nothing`,
  begin: ({ node, durationMs }) => {
    node.stall(durationMs);
    return undefined;
  },
};

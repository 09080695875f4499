import type { FaultDefinition } from "../fault-definition.ts";

/** The wall clock of a node jumps by `amount`. */
export const clockJump: FaultDefinition<"clock-jump"> = {
  kind: "clock-jump",
  amount: { least: -3_600_000, greatest: 3_600_000, unit: "ms" },
  words: ({ node, amount }) => `the wall clock of ${node} jumps by ${amount} ms`,
  begin: ({ node, amount }) => {
    node.jumpClock(amount);
    return undefined;
  },
};

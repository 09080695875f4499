import type { FaultDefinition } from "../fault-definition.ts";

/** A node is killed, and started again at the end: its program begins again (`node.start`). */
export const crash: FaultDefinition<"crash"> = {
  kind: "crash",
  amount: undefined,
  onlyWhenAsked: true,
  words: ({ node }) => `${node} is killed, and started again at the end`,
  begin: ({ world, node }) => {
    node.crash();
    world.record({ type: "crash", atMs: world.nowMs, node: node.name });
    return () => node.restart();
  },
};

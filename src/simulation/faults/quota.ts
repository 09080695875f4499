import type { FaultDefinition } from "../fault-definition.ts";

/** A node may write, and read, `amount` per second at each broker; above that, brokers throttle it. */
export const quota: FaultDefinition<"quota"> = {
  kind: "quota",
  amount: { least: 500, greatest: 20_000, unit: "bytes/s" },
  // A throttle goes on when the fault has ended, and may be longer than the workload's deadlines.
  onlyWhenAsked: true,
  words: ({ node, amount }) => `${node} may write, and read, ${amount} bytes/s at each broker`,
  begin: ({ world: { cluster }, node, amount }) => {
    const set = (rate: number | null): void =>
      cluster.setQuotas({ "client-id": node.name }, { producer_byte_rate: rate, consumer_byte_rate: rate });
    set(amount);
    return () => set(null);
  },
};

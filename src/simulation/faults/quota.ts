import type { FaultDefinition } from "../fault-definition.ts";

/**
 * The clients of each user may write, and read, `amount` per second at each broker; above that, brokers throttle them.
 */
export const quota: FaultDefinition<"quota"> = {
  kind: "quota",
  amount: { least: 500, greatest: 20_000, unit: "bytes/s" },
  // A throttle goes on when the fault has ended, and may be longer than the workload's deadlines.
  onlyWhenAsked: true,
  words: ({ amount }) => `the clients of each user may write, and read, ${amount} bytes/s at each broker`,
  begin: ({ world: { cluster }, amount }) => {
    const set = (rate: number | null): void =>
      cluster.setQuotas({ user: null }, { producer_byte_rate: rate, consumer_byte_rate: rate });
    set(amount);
    return () => set(null);
  },
};

import type { FaultDefinition } from "../fault-definition.ts";
import { lag } from "./shared/lag.ts";

/**
 * A broker lags, is out of every ISR, and still becomes the leader at the end: acknowledged records that it lacks are
 * lost.
 */
export const uncleanElection: FaultDefinition<"unclean-election"> = {
  kind: "unclean-election",
  amount: undefined,
  onlyWhenAsked: true,
  words: ({ broker }) => `${broker} lags, and still becomes the leader at the end: the records that it lacks are lost`,
  begin: (strike) => {
    const { world, brokerId } = strike;
    const endLag = lag(strike, { isOutOfSync: true });
    return () => {
      const { brokers, topics } = world.cluster.snapshot();
      if (brokers.find(({ nodeId }) => nodeId === brokerId)?.isUp === true) {
        for (const { topic, partitions } of topics) {
          for (const { partition, replicas, isr } of partitions)
            if (replicas.includes(brokerId) && !isr.includes(brokerId))
              world.cluster.electLeader(topic, partition, brokerId, { unclean: true });
        }
      }
      endLag();
    };
  },
};

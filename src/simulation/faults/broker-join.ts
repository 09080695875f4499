import type { FaultDefinition } from "../fault-definition.ts";

/** A broker joins the cluster and leads every second partition; it leaves at the end, when another one is up. */
export const brokerJoin: FaultDefinition<"broker-join"> = {
  kind: "broker-join",
  amount: undefined,
  words: ({ broker }) => `a broker joins ${broker} and the others, leads partitions, and leaves at the end`,
  begin: async ({ world, nodeDraw }) => {
    const { cluster } = world;
    const joined = await cluster.addBroker();
    for (const { topic, partitions } of cluster.snapshot().topics) {
      for (const { partition, leaderId } of partitions)
        if ((partition + nodeDraw) % 2 === 0 && leaderId >= 0) cluster.moveLeader(topic, partition, joined);
    }
    return async () => {
      while (!cluster.snapshot().brokers.some(({ isUp, nodeId }) => isUp && nodeId !== joined))
        await world.sleep(LEAVE_EVERY_MS);
      await cluster.removeBroker(joined);
    };
  },
};

/** How often the broker looks whether it may leave. */
const LEAVE_EVERY_MS = 100;

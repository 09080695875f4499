import type { FaultDefinition } from "../fault-definition.ts";

/** A broker becomes the leader of every second partition that it is in sync with. */
export const leaderMove: FaultDefinition<"leader-move"> = {
  kind: "leader-move",
  amount: undefined,
  words: ({ broker }) => `${broker} becomes leader of partitions`,
  begin: ({ world: { cluster }, brokerId, nodeDraw }) => {
    const { brokers, topics } = cluster.snapshot();
    if (brokers.find(({ nodeId }) => nodeId === brokerId)?.isUp !== true) return undefined;
    for (const { topic, partitions } of topics) {
      for (const { partition, isr } of partitions)
        if ((partition + nodeDraw) % 2 === 0 && isr.includes(brokerId)) cluster.moveLeader(topic, partition, brokerId);
    }
    return undefined;
  },
};

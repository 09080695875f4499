// Conditions that some planted bugs need to appear. None of them is a bug: a correct client breaks no invariant under
// them.
import type { World } from "../../../src/simulation.ts";

/** Leaders move, and then every other Metadata response is an old one, as from a broker that lags behind. */
export function staleMetadata({ cluster, scheduler }: World): void {
  let asked = 0;
  let known: ReturnType<World["cluster"]["snapshot"]> | undefined;
  for (const atMs of [3000, 6000, 9000, 12_000]) {
    scheduler.schedule(atMs * 1000, () => {
      known = cluster.snapshot();
      const up = known.brokers.filter(({ isUp }) => isUp);
      const partition = known.topics[0]?.partitions[0];
      const next = up.find(
        ({ nodeId }) => nodeId !== partition?.leaderId && partition?.replicas.includes(nodeId) === true,
      );
      if (next !== undefined) cluster.moveLeader("t", 0, next.nodeId);
    });
  }
  cluster.intercept("Metadata", () => {
    if (known === undefined || asked++ % 2 === 0) return undefined;
    const brokers = known.brokers.map(({ nodeId, host, port }) => ({ nodeId, host, port }));
    const topics = known.topics.map(({ topic, topicId, partitions }) => ({
      errorCode: 0,
      name: topic,
      topicId,
      partitions: partitions.map(({ partition, leaderId, leaderEpoch, replicas }) => ({
        errorCode: 0,
        partitionIndex: partition,
        leaderId,
        leaderEpoch,
        replicaNodes: replicas,
        isrNodes: replicas,
      })),
    }));
    return { answer: { brokers, topics, controllerId: brokers[0]?.nodeId ?? -1 } };
  });
}

/** The producer reaches no broker for fifteen seconds. */
export function longPartition({ network, scheduler }: World): void {
  scheduler.schedule(3_000_000, () => {
    const heal = ["broker-0", "broker-1"].map((broker) => network.partition("producer-0", broker));
    scheduler.schedule(15_000_000, () => heal.forEach((end) => end()));
  });
}

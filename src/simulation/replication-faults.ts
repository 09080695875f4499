import type { EmbeddedCluster } from "../embedded/embedded-cluster.ts";
import type { Fault } from "./fault-plan.ts";
import type { FaultWorld } from "./fault-world.ts";

/** The faults of a cluster whose brokers do not agree. */
export type ReplicationFaultKind = "lagging-follower" | "unclean-election" | "stale-metadata" | "broker-join";

type End = () => void | Promise<void>;

/** How often it is looked whether a broker may leave. */
const LEAVE_EVERY_MS = 100;

/** Begins a fault at a broker; answers how to end it. */
export function beginReplicationFault(
  world: FaultWorld,
  kind: ReplicationFaultKind,
  fault: Fault,
  nodeId: number,
): End | Promise<End> {
  const { cluster } = world;
  switch (kind) {
    case "lagging-follower":
      return lag(cluster, nodeId, fault.amount > 1);
    case "unclean-election":
      return electUncleanly(cluster, nodeId);
    case "stale-metadata":
      cluster.freezeMetadata(nodeId);
      giveAwayLeaders(cluster, nodeId);
      return () => {
        if (isThere(cluster, nodeId)) cluster.thawMetadata(nodeId);
      };
    case "broker-join":
      return join(world, fault);
  }
}

/** Whether a broker has not left. */
export function isThere(cluster: EmbeddedCluster, nodeId: number): boolean {
  return cluster.snapshot().brokers.some((broker) => broker.nodeId === nodeId);
}

/** Makes a broker the leader of every other partition that it is in sync of. */
export function takeLeaders(cluster: EmbeddedCluster, nodeId: number, parity: number): void {
  const { brokers, topics } = cluster.snapshot();
  if (brokers.find((broker) => broker.nodeId === nodeId)?.isUp !== true) return;
  for (const { topic, partitions } of topics) {
    for (const { partition, isr } of partitions)
      if ((partition + parity) % 2 === 0 && isr.includes(nodeId)) cluster.moveLeader(topic, partition, nodeId);
  }
}

function lag(cluster: EmbeddedCluster, nodeId: number, isOut: boolean): End {
  cluster.pauseReplication(nodeId);
  if (isOut) cluster.shrinkIsr(nodeId);
  return () => {
    if (isThere(cluster, nodeId)) cluster.resumeReplication(nodeId);
  };
}

/** It lags and is out of the ISR; in the end it is elected all the same: what was written meanwhile is gone. */
function electUncleanly(cluster: EmbeddedCluster, nodeId: number): End {
  const end = lag(cluster, nodeId, true);
  return () => {
    const { brokers, topics } = cluster.snapshot();
    if (brokers.find((broker) => broker.nodeId === nodeId)?.isUp === true) {
      for (const { topic, partitions } of topics) {
        for (const { partition, replicas, isr } of partitions)
          if (replicas.includes(nodeId) && !isr.includes(nodeId))
            cluster.electLeader(topic, partition, nodeId, { unclean: true });
      }
    }
    return end();
  };
}

/** What a broker leads, others lead from now on. */
function giveAwayLeaders(cluster: EmbeddedCluster, nodeId: number): void {
  const { brokers, topics } = cluster.snapshot();
  const up = brokers.filter((broker) => broker.isUp).map((broker) => broker.nodeId);
  for (const { topic, partitions } of topics) {
    for (const { partition, leaderId, isr } of partitions) {
      const next = isr.find((id) => id !== nodeId && up.includes(id));
      if (leaderId === nodeId && next !== undefined) cluster.moveLeader(topic, partition, next);
    }
  }
}

/**
 * A broker joins and leads every other partition; in the end it leaves, as soon as there is one that takes over what it
 * has.
 */
async function join(world: FaultWorld, { node }: Fault): Promise<End> {
  const { cluster } = world;
  const nodeId = await cluster.addBroker();
  for (const { topic, partitions } of cluster.snapshot().topics) {
    for (const { partition, leaderId } of partitions)
      if ((partition + node) % 2 === 0 && leaderId >= 0) cluster.moveLeader(topic, partition, nodeId);
  }
  return async () => {
    while (!cluster.snapshot().brokers.some((broker) => broker.isUp && broker.nodeId !== nodeId))
      await world.sleep(LEAVE_EVERY_MS);
    await cluster.removeBroker(nodeId);
  };
}

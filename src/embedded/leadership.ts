import * as ErrorCode from "../errors/error-code.ts";
import type { RequestContext } from "./handler.ts";
import type { BrokerInfo } from "./state/broker-info.ts";
import type { PartitionLog } from "./state/partition-log.ts";

const NO_EPOCH = -1;

/**
 * The error if this broker cannot serve a partition, checked in Kafka's order: first the client's leader epoch (−1:
 * none), then leadership. Followers check the epoch too, and serve requests that may be read from them (KIP-392). A
 * broker without a replica does not know the partition.
 */
export function leaderError(log: PartitionLog, nodeId: number, currentLeaderEpoch: number, mayFollow = false): number {
  if (!log.replicas.includes(nodeId)) return ErrorCode.NOT_LEADER_OR_FOLLOWER;
  if (currentLeaderEpoch !== NO_EPOCH && currentLeaderEpoch < log.leaderEpoch) return ErrorCode.FENCED_LEADER_EPOCH;
  if (currentLeaderEpoch > log.leaderEpoch) return ErrorCode.UNKNOWN_LEADER_EPOCH;
  return log.leaderId === nodeId || mayFollow ? ErrorCode.NONE : ErrorCode.NOT_LEADER_OR_FOLLOWER;
}

/**
 * The leader that this broker knows of. It is returned with an error, so that the client need not ask for metadata
 * (KIP-951).
 */
export function knownLeader(
  { topicId }: { readonly topicId: string },
  { partition }: PartitionLog,
  { cluster, nodeId }: RequestContext,
): { readonly leaderId?: number; readonly leaderEpoch?: number } {
  const known = cluster.metadataOf(nodeId).topics.byId(topicId)?.partitions[partition];
  return known === undefined ? {} : { leaderId: known.leaderId, leaderEpoch: known.leaderEpoch };
}

/** The addresses of the leaders that a response names. */
export function endpointsOf(leaders: ReadonlySet<number>, { cluster, nodeId }: RequestContext): readonly BrokerInfo[] {
  return cluster
    .metadataOf(nodeId)
    .brokers()
    .filter((broker) => leaders.has(broker.nodeId))
    .map((broker) => ({ ...broker }));
}

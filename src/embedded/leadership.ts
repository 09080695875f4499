import { codes } from "./codes.ts";
import type { PartitionLog } from "./state/partition-log.ts";

/** Why this broker cannot serve a partition, as Kafka checks it: who leads, then the epoch that the client has in mind (−1: none). */
export function leaderError(log: PartitionLog, nodeId: number, currentLeaderEpoch: number): number {
  if (currentLeaderEpoch >= 0 && currentLeaderEpoch < log.leaderEpoch && log.leaderId === nodeId) return codes.FENCED_LEADER_EPOCH;
  if (log.leaderId !== nodeId) return codes.NOT_LEADER_OR_FOLLOWER;
  if (currentLeaderEpoch > log.leaderEpoch) return codes.UNKNOWN_LEADER_EPOCH;
  return codes.NONE;
}

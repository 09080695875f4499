import type { MetadataResponseMetadataResponsePartition } from "../protocol/messages/metadata.ts";

/** A partition with the brokers that have it, from the metadata of the cluster. Java: `PartitionInfo`. */
export interface PartitionInfo {
  /** The number of the partition, from 0. */
  readonly partition: number;
  /** The node id of the leader; undefined if there is none. */
  readonly leader: number | undefined;
  /** The node ids of all replicas, the preferred leader first. */
  readonly replicas: readonly number[];
  /** The node ids of the in-sync replicas. */
  readonly isr: readonly number[];
  /** The node ids of the replicas that are offline. */
  readonly offlineReplicas: readonly number[];
  /** The broker's error code for this partition, for example 5 (LEADER_NOT_AVAILABLE); 0 for none. */
  readonly errorCode: number;
}

/** The partition in a response to Metadata. */
export function partitionInfo(found: MetadataResponseMetadataResponsePartition): PartitionInfo {
  const { partitionIndex: partition, leaderId, replicaNodes, isrNodes, offlineReplicas, errorCode } = found;
  return {
    partition,
    leader: leaderId < 0 ? undefined : leaderId,
    replicas: replicaNodes,
    isr: isrNodes,
    offlineReplicas,
    errorCode,
  };
}

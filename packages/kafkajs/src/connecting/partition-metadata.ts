/** One partition, as partitioners and assigners see it. */
export interface PartitionMetadata {
  readonly partitionErrorCode: number;
  readonly partitionId: number;
  /** The leader's id; -1 if there is none. */
  readonly leader: number;
  readonly replicas: number[];
  readonly isr: number[];
  readonly offlineReplicas: number[];
}

/** A partition in an answer to a Metadata request, as partitioners and assigners see it. */
export function partitionMetadata({
  errorCode,
  partitionIndex,
  leaderId,
  replicaNodes,
  isrNodes,
  offlineReplicas,
}: {
  readonly errorCode: number;
  readonly partitionIndex: number;
  readonly leaderId: number;
  readonly replicaNodes: readonly number[];
  readonly isrNodes: readonly number[];
  readonly offlineReplicas: readonly number[];
}): PartitionMetadata {
  return {
    partitionErrorCode: errorCode,
    partitionId: partitionIndex,
    leader: leaderId,
    replicas: [...replicaNodes],
    isr: [...isrNodes],
    offlineReplicas: [...offlineReplicas],
  };
}

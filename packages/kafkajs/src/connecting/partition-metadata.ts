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

import type { ClusterDescription, DescribeClusterOptions } from "./describe-cluster.ts";

/** The calls of an admin about the cluster as a whole. */
export interface ClusterCalls {
  /**
   * Returns the cluster's id, its brokers with their addresses, and its controller. Needs no right, except for
   * `includeAuthorizedOperations`: a user without DESCRIBE on the cluster then gets an empty list. Deadline, `signal`
   * and `close()`: see {@link Admin}. Brokers from Kafka 2.8 on. Java: `describeCluster`.
   */
  describeCluster(options?: DescribeClusterOptions): Promise<ClusterDescription>;
}

import type { Results } from "../results.ts";
import type { ClusterDescription, DescribeClusterOptions } from "./describe-cluster.ts";
import type { DescribeFeaturesOptions, FeatureMetadata } from "./describe-features.ts";
import type { FeatureUpdate, UpdateFeaturesOptions } from "./update-features.ts";

/** The calls of an admin about the cluster as a whole. */
export interface ClusterCalls {
  /**
   * Returns the cluster's id, its brokers with their addresses, and its controller. Needs no right, except for
   * `includeAuthorizedOperations`: a user without DESCRIBE on the cluster then gets an empty list. Deadline, `signal`
   * and `close()`: see {@link Admin}. Any broker: those before Kafka 2.8 are asked for metadata. Java:
   * `describeCluster`.
   */
  describeCluster(options?: DescribeClusterOptions): Promise<ClusterDescription>;

  /**
   * Returns the features of the cluster, as `metadata.version`, with the levels that it uses and those that the
   * broker supports. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka 2.7 on. Java:
   * `describeFeatures`.
   */
  describeFeatures(options?: DescribeFeaturesOptions): Promise<FeatureMetadata>;

  /**
   * Changes the levels of features for the whole cluster. Each item is a feature; if one cannot be changed, none is.
   * Accepted when it returns. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka 2.7 on. Java:
   * `updateFeatures`.
   */
  updateFeatures(
    updates: readonly FeatureUpdate[],
    options?: UpdateFeaturesOptions,
  ): Promise<Results<string, undefined>>;
}

import type { CallOptions } from "../call-options.ts";
import type { Listing } from "../listing.ts";
import type { Results } from "../results.ts";
import type { ConfigReplacement } from "./alter-configs.ts";
import type { ConfigResource } from "./config-resource.ts";
import type { DescribeConfigsOptions, DescribedConfig } from "./describe-configs.ts";
import type { AlterConfigsOptions, ConfigAlteration } from "./incremental-alter-configs.ts";
import type { ListConfigResourcesOptions } from "./list-config-resources.ts";

/** The calls of an admin about configs. */
export interface ConfigCalls {
  /**
   * Returns the configs of topics, brokers, groups, loggers and client metrics subscriptions. Each item is a
   * resource. A group or subscription without configs has the defaults, whether it exists or not. Deadline, `signal`
   * and `close()`: see {@link Admin}. Brokers from Kafka 0.11 on. Java: `describeConfigs`.
   */
  describeConfigs(
    resources: readonly ConfigResource[],
    options?: DescribeConfigsOptions,
  ): Promise<Results<ConfigResource, readonly DescribedConfig[]>>;

  /**
   * Replaces all configs of a resource: those that are not named get their defaults, and a change that another admin
   * makes meanwhile is lost. Use {@link incrementalAlterConfigs} unless the brokers are older than Kafka 2.3. Each item
   * is a resource. Accepted when it returns. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka
   * 0.11 on. Java, until 3.9: `alterConfigs`, deprecated (KIP-339).
   */
  alterConfigs(
    replacements: readonly ConfigReplacement[],
    options?: AlterConfigsOptions,
  ): Promise<Results<ConfigResource, undefined>>;

  /**
   * Changes configs of topics, brokers, groups, loggers and client metrics subscriptions; those that are not named
   * stay as they are. Each item is a resource, whose changes are made together or not at all. Accepted when it
   * returns. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka 2.3 on. Java:
   * `incrementalAlterConfigs`.
   */
  incrementalAlterConfigs(
    alterations: readonly ConfigAlteration[],
    options?: AlterConfigsOptions,
  ): Promise<Results<ConfigResource, undefined>>;

  /**
   * Returns the resources that can have configs: topics, brokers and loggers, and the groups and client metrics
   * subscriptions that have some. Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka 3.7 on.
   * Java: `listConfigResources`.
   */
  listConfigResources(options?: ListConfigResourcesOptions): Listing<ConfigResource>;

  /**
   * Returns the names of the client metrics subscriptions. Java has deprecated it for {@link listConfigResources}.
   * Deadline, `signal` and `close()`: see {@link Admin}. Brokers from Kafka 3.7 on. Java:
   * `listClientMetricsResources`.
   */
  listClientMetricsResources(options?: CallOptions): Listing<string>;
}

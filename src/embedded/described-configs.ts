import type { DescribeConfigsResponseDescribeConfigsResourceResult } from "../protocol/messages/describe-configs.ts";
import type { Input } from "../protocol/schema.ts";
import { type TopicConfig, configTypes, topicConfigs } from "./topic-configs.ts";

/** One config, as DescribeConfigs returns it. */
export type DescribedConfig = Input<DescribeConfigsResponseDescribeConfigsResourceResult> & { readonly name: string };

/** The sources of a config's value, by DescribeConfigs' numbers. */
const DYNAMIC_TOPIC = 1;
const DYNAMIC_DEFAULT_BROKER = 3;
const STATIC_BROKER = 4;
const DEFAULT = 5;
/** When leaders are elected from eligible replicas, Kafka sets this config for the whole cluster (KIP-966). */
const SET_FOR_CLUSTER = "min.insync.replicas";

/** All configs of a topic: those that were set, and the defaults of the others. */
export function describedTopicConfigs(own: ReadonlyMap<string, string>): readonly DescribedConfig[] {
  return [...topicConfigs].map(([name, config]) => described(name, config, own.get(name), DYNAMIC_TOPIC));
}

/** The broker configs that clients and tools read, with Kafka's defaults. */
const BROKER_CONFIGS: readonly (readonly [name: string, type: TopicConfig["type"], value: string, isFixed: boolean])[] =
  [
    ["auto.create.topics.enable", "boolean", "true", true],
    ["broker.id", "int", "-1", true],
    ["compression.type", "string", "producer", false],
    ["default.replication.factor", "int", "1", true],
    ["delete.topic.enable", "boolean", "true", true],
    ["fetch.max.bytes", "int", "57671680", true],
    ["log.cleanup.policy", "list", "delete", false],
    ["log.flush.interval.messages", "long", "9223372036854775807", false],
    ["log.message.timestamp.type", "string", "CreateTime", false],
    ["log.retention.bytes", "long", "-1", false],
    ["log.retention.hours", "int", "168", true],
    ["log.segment.bytes", "int", "1073741824", false],
    ["max.incremental.fetch.session.cache.slots", "int", "1000", true],
    ["message.max.bytes", "int", "1048588", false],
    ["min.insync.replicas", "int", "1", false],
    ["node.id", "int", "", true],
    ["num.partitions", "int", "1", true],
    ["transaction.max.timeout.ms", "int", "900000", true],
  ];

/**
 * The configs of a broker. A value other than Kafka's default looks as if it were set in the broker's file. Fixed
 * configs cannot be changed while the broker runs.
 */
export function describedBrokerConfigs(
  cluster: {
    readonly numPartitions: number;
    readonly defaultReplicationFactor: number;
    readonly autoCreateTopics: boolean;
  },
  nodeId: number,
): readonly DescribedConfig[] {
  const set = new Map([
    ["auto.create.topics.enable", String(cluster.autoCreateTopics)],
    ["broker.id", String(nodeId)],
    ["default.replication.factor", String(cluster.defaultReplicationFactor)],
    ["node.id", String(nodeId)],
    ["num.partitions", String(cluster.numPartitions)],
  ]);
  return BROKER_CONFIGS.map(([name, type, value, isFixed]) => {
    const own = set.get(name);
    return {
      ...described(
        name,
        { type, default: value, ...(value === "" ? {} : { broker: name }) },
        own === value ? undefined : own,
        STATIC_BROKER,
      ),
      readOnly: isFixed,
    };
  });
}

/** The configs that were set for all brokers of the cluster. */
export function describedDefaultBrokerConfigs(): readonly DescribedConfig[] {
  const value = topicConfigs.get(SET_FOR_CLUSTER)?.default ?? "";
  return [
    {
      name: SET_FOR_CLUSTER,
      value,
      configSource: DYNAMIC_DEFAULT_BROKER,
      synonyms: [{ name: SET_FOR_CLUSTER, value, source: DYNAMIC_DEFAULT_BROKER }],
      configType: configTypes.int,
      readOnly: false,
      isSensitive: false,
      documentation: null,
    },
  ];
}

function described(name: string, config: TopicConfig, own: string | undefined, source: number): DescribedConfig {
  const isForCluster = name === SET_FOR_CLUSTER;
  const configSource = own === undefined ? (isForCluster ? DYNAMIC_DEFAULT_BROKER : DEFAULT) : source;
  const value = own ?? config.default;
  const synonyms = own === undefined ? [] : [{ name, value: own, source }];
  if (isForCluster) synonyms.push({ name, value: config.default, source: DYNAMIC_DEFAULT_BROKER });
  if (config.broker !== undefined) synonyms.push({ name: config.broker, value: config.default, source: DEFAULT });
  return {
    name,
    value,
    configSource,
    synonyms,
    configType: configTypes[config.type],
    readOnly: false,
    isSensitive: false,
    documentation: null,
  };
}

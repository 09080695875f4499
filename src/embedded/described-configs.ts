import type { DescribeConfigsResponseDescribeConfigsResourceResult } from "../protocol/messages/describe-configs.ts";
import type { Input } from "../protocol/schema.ts";
import { type TopicConfig, configTypes, topicConfigs } from "./topic-configs.ts";

export type DescribedConfig = Input<DescribeConfigsResponseDescribeConfigsResourceResult> & { readonly name: string };

/** Where a value comes from, by DescribeConfigs' numbers. */
const DYNAMIC_TOPIC = 1;
const DYNAMIC_DEFAULT_BROKER = 3;
const STATIC_BROKER = 4;
const DEFAULT = 5;

/** All configs of a topic: those that were set, and the defaults of the others. */
export function describedTopicConfigs(own: ReadonlyMap<string, string>): readonly DescribedConfig[] {
  return [...topicConfigs].map(([name, config]) => described(name, config, own.get(name), DYNAMIC_TOPIC));
}

/** The configs of a broker that clients and tools read. They cannot be changed. */
export function describedBrokerConfigs(cluster: { readonly numPartitions: number; readonly defaultReplicationFactor: number; readonly autoCreateTopics: boolean }, nodeId: number): readonly DescribedConfig[] {
  const set = new Map<string, readonly [type: TopicConfig["type"], value: string]>([
    ["auto.create.topics.enable", ["boolean", String(cluster.autoCreateTopics)]],
    ["broker.id", ["int", String(nodeId)]],
    ["default.replication.factor", ["int", String(cluster.defaultReplicationFactor)]],
    ["node.id", ["int", String(nodeId)]],
    ["num.partitions", ["int", String(cluster.numPartitions)]],
  ]);
  const defaults: readonly (readonly [name: string, type: TopicConfig["type"], value: string])[] = [
    ["compression.type", "string", "producer"],
    ["delete.topic.enable", "boolean", "true"],
    ["fetch.max.bytes", "int", "57671680"],
    ["log.cleanup.policy", "list", "delete"],
    ["log.flush.interval.messages", "long", "9223372036854775807"],
    ["log.message.timestamp.type", "string", "CreateTime"],
    ["log.retention.bytes", "long", "-1"],
    ["log.retention.hours", "int", "168"],
    ["log.segment.bytes", "int", "1073741824"],
    ["max.incremental.fetch.session.cache.slots", "int", "1000"],
    ["message.max.bytes", "int", "1048588"],
    ["min.insync.replicas", "int", "1"],
    ["transaction.max.timeout.ms", "int", "900000"],
  ];
  return [
    ...[...set].map(([name, [type, value]]) => described(name, { type, default: value }, value, STATIC_BROKER)),
    ...defaults.map(([name, type, value]) => described(name, { type, default: value }, undefined, DEFAULT)),
  ].map((config) => ({ ...config, readOnly: true }));
}

function described(name: string, config: TopicConfig, own: string | undefined, source: number): DescribedConfig {
  // Kafka sets this one for the whole cluster where leaders are elected from eligible replicas (KIP-966).
  const defaultSource = name === "min.insync.replicas" ? DYNAMIC_DEFAULT_BROKER : DEFAULT;
  const configSource = own === undefined ? defaultSource : source;
  const value = own ?? config.default;
  const synonyms = [...(own === undefined ? [] : [{ name, value: own, source }]), { name, value: config.default, source: DEFAULT }];
  return { name, value, configSource, synonyms, configType: configTypes[config.type], readOnly: false, isSensitive: false, documentation: null };
}

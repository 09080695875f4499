const MAX_LONG = "9223372036854775807";

/** DescribeConfigs' numbers for the types of configs. */
export const configTypes = { boolean: 1, string: 2, int: 3, long: 5, double: 6, list: 7 } as const;

/**
 * A topic config: its type, its default, and its allowed values: a range of numbers, words, or the condition in `rule`.
 */
export interface TopicConfig {
  readonly type: keyof typeof configTypes;
  readonly default: string;
  readonly least?: number;
  readonly most?: number;
  readonly oneOf?: readonly string[];
  readonly rule?: "gzip level" | "replica list";
  /** The broker config that gives the default for all topics, if that can be named. */
  readonly broker?: string;
}

/** The topic configs of Kafka 4.4, in the order in which Kafka checks them. Others are refused, as in Kafka. */
export const topicConfigs: ReadonlyMap<string, TopicConfig> = new Map(
  Object.entries<TopicConfig>({
    "segment.bytes": { type: "int", default: "1073741824", least: 1_048_576, broker: "log.segment.bytes" },
    "segment.ms": { type: "long", default: "604800000", least: 1 },
    "segment.jitter.ms": { type: "long", default: "0", least: 0 },
    "segment.index.bytes": { type: "int", default: "10485760", least: 4, broker: "log.index.size.max.bytes" },
    "flush.messages": { type: "long", default: MAX_LONG, least: 1, broker: "log.flush.interval.messages" },
    "flush.ms": { type: "long", default: MAX_LONG, least: 0 },
    "retention.bytes": { type: "long", default: "-1", broker: "log.retention.bytes" },
    "retention.ms": { type: "long", default: "604800000", least: -1 },
    "max.message.bytes": { type: "int", default: "1048588", least: 0, broker: "message.max.bytes" },
    "max.decompressed.message.bytes": {
      type: "int",
      default: "2147483639",
      least: 1,
      most: 2_147_483_639,
      broker: "max.decompressed.message.bytes",
    },
    "index.interval.bytes": { type: "int", default: "4096", least: 0, broker: "log.index.interval.bytes" },
    "delete.retention.ms": { type: "long", default: "86400000", least: 0, broker: "log.cleaner.delete.retention.ms" },
    "min.compaction.lag.ms": { type: "long", default: "0", least: 0, broker: "log.cleaner.min.compaction.lag.ms" },
    "max.compaction.lag.ms": { type: "long", default: MAX_LONG, least: 1, broker: "log.cleaner.max.compaction.lag.ms" },
    "file.delete.delay.ms": { type: "long", default: "60000", least: 0, broker: "log.segment.delete.delay.ms" },
    "min.cleanable.dirty.ratio": {
      type: "double",
      default: "0.5",
      least: 0,
      most: 1,
      broker: "log.cleaner.min.cleanable.ratio",
    },
    "cleanup.policy": { type: "list", default: "delete", oneOf: ["compact", "delete"], broker: "log.cleanup.policy" },
    "unclean.leader.election.enable": { type: "boolean", default: "false", broker: "unclean.leader.election.enable" },
    "min.insync.replicas": { type: "int", default: "1", least: 1, broker: "min.insync.replicas" },
    "compression.type": {
      type: "string",
      default: "producer",
      oneOf: ["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"],
      broker: "compression.type",
    },
    "compression.gzip.level": { type: "int", default: "-1", rule: "gzip level", broker: "compression.gzip.level" },
    "compression.lz4.level": { type: "int", default: "9", least: 1, most: 17, broker: "compression.lz4.level" },
    "compression.zstd.level": {
      type: "int",
      default: "3",
      least: -131_072,
      most: 22,
      broker: "compression.zstd.level",
    },
    preallocate: { type: "boolean", default: "false", broker: "log.preallocate" },
    "message.timestamp.type": {
      type: "string",
      default: "CreateTime",
      oneOf: ["CreateTime", "LogAppendTime"],
      broker: "log.message.timestamp.type",
    },
    "message.timestamp.before.max.ms": {
      type: "long",
      default: MAX_LONG,
      least: 0,
      broker: "log.message.timestamp.before.max.ms",
    },
    "message.timestamp.after.max.ms": {
      type: "long",
      default: "3600000",
      least: 0,
      broker: "log.message.timestamp.after.max.ms",
    },
    "leader.replication.throttled.replicas": { type: "list", default: "", rule: "replica list" },
    "follower.replication.throttled.replicas": { type: "list", default: "", rule: "replica list" },
    "remote.storage.enable": { type: "boolean", default: "false" },
    "local.retention.ms": { type: "long", default: "-2", least: -2, broker: "log.local.retention.ms" },
    "local.retention.bytes": { type: "long", default: "-2", least: -2, broker: "log.local.retention.bytes" },
    "remote.log.copy.disable": { type: "boolean", default: "false" },
    "remote.copy.lag.ms": { type: "long", default: "0", least: -1, broker: "log.remote.copy.lag.ms" },
    "remote.copy.lag.bytes": { type: "long", default: "-1", least: -1, broker: "log.remote.copy.lag.bytes" },
    "remote.log.delete.on.disable": { type: "boolean", default: "false" },
    "errors.deadletterqueue.group.enable": { type: "boolean", default: "false" },
  }),
);

/** The value of a topic's config: its own, or the default. */
export function topicConfig(own: ReadonlyMap<string, string>, name: string): string {
  return own.get(name) ?? topicConfigs.get(name)?.default ?? "";
}

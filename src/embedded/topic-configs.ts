const MAX_LONG = "9223372036854775807";
const LOWEST_LONG = -9_223_372_036_854_775_808;

/** The numbers that DescribeConfigs gives to the types of configs. */
export const configTypes = { boolean: 1, string: 2, int: 3, long: 5, double: 6, list: 7 } as const;

/** A topic config: its type, its default, and what it may be: the least number, or the words. */
export interface TopicConfig {
  readonly type: keyof typeof configTypes;
  readonly default: string;
  readonly least?: number;
  readonly oneOf?: readonly string[];
}

/** The topic configs of Kafka 4.3: others are refused, as Kafka refuses them. */
export const topicConfigs: ReadonlyMap<string, TopicConfig> = new Map(Object.entries<TopicConfig>({
  "cleanup.policy": { type: "list", default: "delete", oneOf: ["compact", "delete"] },
  "compression.gzip.level": { type: "int", default: "-1" },
  "compression.lz4.level": { type: "int", default: "9" },
  "compression.type": { type: "string", default: "producer", oneOf: ["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"] },
  "compression.zstd.level": { type: "int", default: "3" },
  "delete.retention.ms": { type: "long", default: "86400000", least: 0 },
  "file.delete.delay.ms": { type: "long", default: "60000", least: 0 },
  "flush.messages": { type: "long", default: MAX_LONG, least: 1 },
  "flush.ms": { type: "long", default: MAX_LONG, least: 0 },
  "follower.replication.throttled.replicas": { type: "list", default: "" },
  "index.interval.bytes": { type: "int", default: "4096", least: 0 },
  "leader.replication.throttled.replicas": { type: "list", default: "" },
  "local.retention.bytes": { type: "long", default: "-2", least: -2 },
  "local.retention.ms": { type: "long", default: "-2", least: -2 },
  "max.compaction.lag.ms": { type: "long", default: MAX_LONG, least: 1 },
  "max.message.bytes": { type: "int", default: "1048588", least: 0 },
  "message.timestamp.after.max.ms": { type: "long", default: "3600000", least: 0 },
  "message.timestamp.before.max.ms": { type: "long", default: MAX_LONG, least: 0 },
  "message.timestamp.type": { type: "string", default: "CreateTime", oneOf: ["CreateTime", "LogAppendTime"] },
  "min.cleanable.dirty.ratio": { type: "double", default: "0.5", least: 0 },
  "min.compaction.lag.ms": { type: "long", default: "0", least: 0 },
  "min.insync.replicas": { type: "int", default: "1", least: 1 },
  preallocate: { type: "boolean", default: "false" },
  "remote.log.copy.disable": { type: "boolean", default: "false" },
  "remote.log.delete.on.disable": { type: "boolean", default: "false" },
  "remote.storage.enable": { type: "boolean", default: "false" },
  "retention.bytes": { type: "long", default: "-1" },
  "retention.ms": { type: "long", default: "604800000", least: -1 },
  "segment.bytes": { type: "int", default: "1073741824", least: 1_048_576 },
  "segment.index.bytes": { type: "int", default: "10485760", least: 4 },
  "segment.jitter.ms": { type: "long", default: "0", least: 0 },
  "segment.ms": { type: "long", default: "604800000", least: 1 },
  "unclean.leader.election.enable": { type: "boolean", default: "false" },
}));

/** The value of a topic's config: its own, or the default. */
export function topicConfig(own: ReadonlyMap<string, string>, name: string): string {
  return own.get(name) ?? topicConfigs.get(name)?.default ?? "";
}

/** Why a config cannot be set to a value, in Kafka's words; undefined where it can. */
export function topicConfigError(name: string, value: string | null): string | undefined {
  const config = topicConfigs.get(name);
  if (config === undefined) return `Unknown topic config name: ${name}`;
  if (value === null) return `Null value not supported for topic configs: ${name}`;
  const invalid = (why: string): string => `Invalid value ${value} for configuration ${name}: ${why}`;
  const text = value.trim();
  switch (config.type) {
    case "boolean":
      return /^(true|false)$/i.test(text) ? undefined : invalid("Expected value to be either true or false");
    case "int":
    case "long":
    case "double": {
      const isNumber = config.type === "double" ? /^[+-]?\d+(\.\d*)?$/.test(text) : /^[+-]?\d{1,19}$/.test(text) && (config.type === "long" || (Number(text) | 0) === Number(text));
      if (!isNumber) return invalid(`Not a number of type ${config.type.toUpperCase()}`);
      return Number(text) < (config.least ?? LOWEST_LONG) ? invalid(`Value must be at least ${config.least ?? LOWEST_LONG}`) : undefined;
    }
    case "string":
    case "list": {
      const { oneOf } = config;
      const words = config.type === "list" ? text.split(",").map((word) => word.trim()) : [text];
      return oneOf === undefined || words.every((word) => oneOf.includes(word)) ? undefined : invalid(`String must be one of: ${oneOf.join(", ")}`);
    }
    default:
      return config.type satisfies never;
  }
}

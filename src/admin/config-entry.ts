/** Where a config's value comes from. Java: `ConfigEntry.ConfigSource`. */
export type ConfigSource =
  | "UNKNOWN"
  | "DYNAMIC_TOPIC_CONFIG"
  | "DYNAMIC_BROKER_CONFIG"
  | "DYNAMIC_DEFAULT_BROKER_CONFIG"
  | "STATIC_BROKER_CONFIG"
  | "DEFAULT_CONFIG"
  | "DYNAMIC_BROKER_LOGGER_CONFIG"
  | "DYNAMIC_CLIENT_METRICS_CONFIG"
  | "DYNAMIC_GROUP_CONFIG";

/** A config with its value. Java: `ConfigEntry`. */
export interface ConfigEntry {
  /** The name, for example `retention.ms`. */
  readonly name: string;
  /** The value as text; null for a secret, which brokers do not return, and for a config without a value. */
  readonly value: string | null;
  /** Where the value comes from. */
  readonly source: ConfigSource;
  /** Whether it cannot be altered while the broker runs. */
  readonly isReadOnly: boolean;
  /** Whether it is a secret, or may be one. */
  readonly isSensitive: boolean;
}

/** In the order of Kafka's codes. */
const SOURCES: readonly ConfigSource[] = [
  "UNKNOWN",
  "DYNAMIC_TOPIC_CONFIG",
  "DYNAMIC_BROKER_CONFIG",
  "DYNAMIC_DEFAULT_BROKER_CONFIG",
  "STATIC_BROKER_CONFIG",
  "DEFAULT_CONFIG",
  "DYNAMIC_BROKER_LOGGER_CONFIG",
  "DYNAMIC_CLIENT_METRICS_CONFIG",
  "DYNAMIC_GROUP_CONFIG",
];

/** The name of a source's code. */
export function sourceOf(code: number): ConfigSource {
  return SOURCES[code] ?? "UNKNOWN";
}

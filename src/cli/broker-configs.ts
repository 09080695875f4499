import { KafkaError } from "../errors/kafka-error.ts";
import { nearest } from "../errors/words.ts";
import type { EmbeddedClusterOptions } from "../embedded.ts";
import { BrokerConfigs } from "../embedded/configs/broker-configs.ts";
import { configError } from "../embedded/configs/check-configs.ts";

type Config = (value: string, key: string) => EmbeddedClusterOptions;

const MOST_INT = 2_147_483_647;
/** As for the option `firstNodeId`. */
const MOST_NODE_ID = 1_000_000_000;
const POLICIES = ["bidirectional", "upgrade", "downgrade", "disabled"] as const;

/** The broker configs that are options of the embedded cluster, by Kafka's names. All others are its `configs`. */
const CONFIGS: Readonly<Record<string, Config>> = {
  "auto.create.topics.enable": (value, key) => ({ autoCreateTopics: flag(value, key) }),
  "default.replication.factor": (value, key) => ({ defaultReplicationFactor: whole(value, key, 1, 1000) }),
  "node.id": (value, key) => ({ firstNodeId: whole(value, key, 0, MOST_NODE_ID) }),
  "broker.id": (value, key) => ({ firstNodeId: whole(value, key, 0, MOST_NODE_ID) }),
  "num.partitions": (value, key) => ({ numPartitions: whole(value, key, 1, 100_000) }),
  "replica.lag.time.max.ms": (value, key) => ({ replicaLagTimeMaxMs: whole(value, key, 1) }),
  "group.initial.rebalance.delay.ms": group("initialRebalanceDelayMs"),
  "group.min.session.timeout.ms": group("minSessionTimeoutMs"),
  "group.max.session.timeout.ms": group("maxSessionTimeoutMs"),
  "group.max.size": group("maxSize"),
  "group.consumer.session.timeout.ms": group("consumerSessionTimeoutMs"),
  "group.consumer.heartbeat.interval.ms": group("consumerHeartbeatIntervalMs"),
  "group.consumer.assignment.interval.ms": group("consumerAssignmentIntervalMs"),
  "group.consumer.max.size": group("consumerMaxSize"),
  "group.consumer.migration.policy": (value, key) => {
    const migrationPolicy = POLICIES.find((policy) => policy === value.toLowerCase());
    if (migrationPolicy === undefined) throw wrong(key, POLICIES.join(", "), value);
    return { groups: { migrationPolicy } };
  },
  "authorizer.class.name": authorizer,
  "super.users": (value) => ({ superUsers: principals(value) }),
  "allow.everyone.if.no.acl.found": (value, key) => ({ allowEveryoneIfNoAclFound: flag(value, key) }),
  "offsets.retention.minutes": group("offsetsRetentionMinutes"),
  "offsets.retention.check.interval.ms": group("offsetsRetentionCheckIntervalMs"),
};

/** Reads the values of `--config`. Throws kind `config` for a key that is unknown or given twice, and a wrong value. */
export function brokerConfigs(pairs: readonly string[]): EmbeddedClusterOptions {
  const seen = new Set<string>();
  let options: EmbeddedClusterOptions = {};
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at < 1)
      throw new KafkaError("config", `--config takes KEY=VALUE, for example --config num.partitions=6, not "${pair}"`);
    const key = pair.slice(0, at).trim();
    const read = Object.hasOwn(CONFIGS, key) ? CONFIGS[key] : undefined;
    const value = pair.slice(at + 1).trim();
    if (seen.has(key)) throw new KafkaError("config", `--config ${key} is given twice: give it once`);
    seen.add(key);
    const { groups, configs, ...rest } = read === undefined ? other(key, value) : read(value, key);
    if (rest.firstNodeId !== undefined && (options.firstNodeId ?? rest.firstNodeId) !== rest.firstNodeId)
      throw new KafkaError("config", "--config node.id and broker.id are two names of one config: give one of them");
    options = {
      ...options,
      ...rest,
      ...(groups === undefined ? {} : { groups: { ...options.groups, ...groups } }),
      ...(configs === undefined ? {} : { configs: { ...options.configs, ...configs } }),
    };
  }
  return options;
}

/** A config that is no option of the embedded cluster. */
function other(key: string, value: string): EmbeddedClusterOptions {
  const why = configError(key, value);
  if (why !== undefined) {
    const names = [...new BrokerConfigs(() => new Map()).all.keys()];
    const near = why.endsWith(` ${key}`) ? nearest(key, names) : undefined;
    throw new KafkaError("config", `--config: ${why}${near === undefined ? "" : `; did you mean ${near}?`}`);
  }
  return { configs: { [key]: value } };
}

function group(field: keyof NonNullable<EmbeddedClusterOptions["groups"]>): Config {
  return (value, key) => ({ groups: { [field]: whole(value, key, 0) } });
}

/** Kafka's own authorizer. It refuses everything that no rule allows, so the cluster has one with an empty list too. */
function authorizer(value: string, key: string): EmbeddedClusterOptions {
  if (value === "") return {};
  if (!/(^|\.)StandardAuthorizer$/.test(value))
    throw wrong(key, "org.apache.kafka.metadata.authorizer.StandardAuthorizer", value);
  return { acls: [] };
}

function flag(value: string, key: string): boolean {
  if (!/^(true|false)$/i.test(value)) throw wrong(key, "true or false", value);
  return value.toLowerCase() === "true";
}

/** Kafka separates principals by semicolons, as names have commas. */
function principals(value: string): readonly string[] {
  return value
    .split(";")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

function whole(value: string, key: string, least: number, most = MOST_INT): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < least || number > most)
    throw wrong(key, `a whole number from ${least} to ${most}`, value);
  return number;
}

function wrong(key: string, what: string, value: string): KafkaError {
  return new KafkaError("config", `--config ${key} takes ${what}, not "${value}"`);
}

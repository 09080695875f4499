import { KafkaError } from "../../errors/kafka-error.ts";
import type { EmbeddedClusterOptions } from "../options.ts";
import type { BrokerInfo } from "../state/broker-info.ts";
import { GROUP_DEFAULTS, type GroupConfigs } from "../state/groups/group-configs.ts";
import { BrokerConfigs } from "./broker-configs.ts";
import { ClusterConfigs } from "./cluster-configs.ts";
import { valueError } from "./config-value.ts";
import { defaultFactor, defaultPartitions } from "./cluster-defaults.ts";

/** The names that Kafka has for the options of groups. */
const GROUP_NAMES: Readonly<Record<keyof GroupConfigs, string>> = {
  minSessionTimeoutMs: "group.min.session.timeout.ms",
  maxSessionTimeoutMs: "group.max.session.timeout.ms",
  initialRebalanceDelayMs: "group.initial.rebalance.delay.ms",
  maxSize: "group.max.size",
  consumerSessionTimeoutMs: "group.consumer.session.timeout.ms",
  consumerHeartbeatIntervalMs: "group.consumer.heartbeat.interval.ms",
  consumerAssignmentIntervalMs: "group.consumer.assignment.interval.ms",
  consumerMaxSize: "group.consumer.max.size",
  migrationPolicy: "group.consumer.migration.policy",
  offsetsRetentionMinutes: "offsets.retention.minutes",
  offsetsRetentionCheckIntervalMs: "offsets.retention.check.interval.ms",
};
/** Configs that have an option of their own, and that option. */
const OPTIONS: ReadonlyMap<string, string> = new Map([
  ["auto.create.topics.enable", "autoCreateTopics"],
  ["num.partitions", "numPartitions"],
  ["replica.lag.time.max.ms", "replicaLagTimeMaxMs"],
  ["listeners", "host and ports"],
  ["super.users", "superUsers"],
  ["sasl.enabled.mechanisms", "sasl.mechanisms"],
  ...Object.entries(GROUP_NAMES).map(([option, name]): [string, string] => [name, `groups.${option}`]),
]);

/**
 * What the file of each broker would say: the given configs, and the options that Kafka has configs for. As in the file
 * of a real broker, a value that is Kafka's default is left out.
 */
function configsInFile(
  options: EmbeddedClusterOptions,
  brokers: () => readonly BrokerInfo[],
): (nodeId: number) => ReadonlyMap<string, string> {
  const groups = { ...GROUP_DEFAULTS, ...options.groups };
  const shared = new Map([
    ...Object.entries(options.configs ?? {}),
    ...notDefault("auto.create.topics.enable", options.autoCreateTopics ?? true, true),
    ...notDefault("default.replication.factor", defaultFactor(options), 1),
    ...notDefault("num.partitions", defaultPartitions(options), 1),
    ...notDefault("replica.lag.time.max.ms", options.replicaLagTimeMaxMs ?? 30_000, 30_000),
    ...Object.entries(GROUP_NAMES).flatMap(([option, name]) =>
      notDefault(name, groups[option as keyof GroupConfigs], GROUP_DEFAULTS[option as keyof GroupConfigs]),
    ),
  ]);
  return (nodeId) => {
    const address = brokers().find((broker) => broker.nodeId === nodeId);
    const listener = address === undefined ? undefined : `PLAINTEXT://${address.host}:${address.port}`;
    return new Map([
      ...shared,
      ["process.roles", "broker"],
      ["broker.id", String(nodeId)],
      ["node.id", String(nodeId)],
      ...(listener === undefined
        ? []
        : [["listeners", listener] as const, ["advertised.listeners", listener] as const]),
    ]);
  };
}

/** The configs of a new cluster. */
export function initialConfigs(options: EmbeddedClusterOptions, brokers: () => readonly BrokerInfo[]): ClusterConfigs {
  return new ClusterConfigs(new BrokerConfigs(configsInFile(options, brokers)), configsForAll(options));
}

/** Throws kind `config` for a broker config that Kafka does not have, a wrong value, or one that is an option. */
export function checkConfigs(configs: Readonly<Record<string, string>>): void {
  const known = new BrokerConfigs(() => new Map());
  for (const [name, value] of Object.entries(configs)) {
    const option = OPTIONS.get(name);
    const key = known.key(name);
    const why =
      option !== undefined
        ? `${name} has an option of its own: ${option}`
        : key === undefined
          ? `Kafka has no broker config ${name}`
          : valueError(name, key, value);
    if (why !== undefined) throw new KafkaError("config", `EmbeddedCluster: configs: ${why}`);
  }
}

function notDefault<T extends string | number | boolean>(
  name: string,
  value: T,
  byDefault: T,
): readonly (readonly [string, string])[] {
  return value === byDefault ? [] : [[name, String(value)]];
}

/**
 * What is set for all brokers from the start. Kafka sets the minimum of in-sync replicas so if leaders are elected from
 * eligible replicas (KIP-966).
 */
function configsForAll({ eligibleLeaderReplicas, configs }: EmbeddedClusterOptions): ReadonlyMap<string, string> {
  const name = "min.insync.replicas";
  return new Map(eligibleLeaderReplicas === false ? [] : [[name, configs?.[name] ?? "1"]]);
}

import type { GroupConfigs } from "../state/groups/group-configs.ts";

/** The names that Kafka has for the options of groups. */
export const GROUP_NAMES: Readonly<Record<keyof GroupConfigs, string>> = {
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
export const CONFIG_OPTIONS: ReadonlyMap<string, string> = new Map([
  ["auto.create.topics.enable", "autoCreateTopics"],
  ["default.replication.factor", "defaultReplicationFactor"],
  ["num.partitions", "numPartitions"],
  ["replica.lag.time.max.ms", "replicaLagTimeMaxMs"],
  ["listeners", "host and ports"],
  ["node.id", "firstNodeId"],
  ["broker.id", "firstNodeId"],
  ["super.users", "superUsers"],
  ["sasl.enabled.mechanisms", "sasl.mechanisms"],
  ...Object.entries(GROUP_NAMES).map(([option, name]): [string, string] => [name, `groups.${option}`]),
]);

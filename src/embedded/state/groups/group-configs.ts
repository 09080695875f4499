/** Whether a group may change its protocol while it has members. */
export type MigrationPolicy = "bidirectional" | "upgrade" | "downgrade" | "disabled";

/** How groups behave. */
export interface GroupConfigs {
  /** The minimum session timeout of a classic member, in ms. Default 6000. Java: `group.min.session.timeout.ms`. */
  readonly minSessionTimeoutMs: number;
  /** The maximum, in ms. Default 1800000. Java: `group.max.session.timeout.ms`. */
  readonly maxSessionTimeoutMs: number;
  /**
   * How long the first rebalance of a classic group waits for more members, in ms. Default 3000, as in Kafka; tests may
   * prefer 0. Java: `group.initial.rebalance.delay.ms`.
   */
  readonly initialRebalanceDelayMs: number;
  /** How many members a classic group may have. Default 2147483647. Java: `group.max.size`. */
  readonly maxSize: number;
  /**
   * After this long without a heartbeat, in ms, a member of a KIP-848 group is considered dead. Default 45000. Java:
   * `group.consumer.session.timeout.ms`.
   */
  readonly consumerSessionTimeoutMs: number;
  /**
   * The heartbeat interval that members of KIP-848 groups get, in ms. Default 5000. Java:
   * `group.consumer.heartbeat.interval.ms`.
   */
  readonly consumerHeartbeatIntervalMs: number;
  /**
   * The minimum time between two assignments of a KIP-848 group, in ms. Default 1000; tests may prefer 0. Java:
   * `group.consumer.assignment.interval.ms`.
   */
  readonly consumerAssignmentIntervalMs: number;
  /** How many members a KIP-848 group may have. Default 2147483647. Java: `group.consumer.max.size`. */
  readonly consumerMaxSize: number;
  /**
   * Whether groups with members change their protocol when members of the other one join. Default bidirectional. Java:
   * `group.consumer.migration.policy`.
   */
  readonly migrationPolicy: MigrationPolicy;
  /**
   * How long offsets are kept after the group stops reading the topic, in minutes. Default 10080, one week. Java:
   * `offsets.retention.minutes`.
   */
  readonly offsetsRetentionMinutes: number;
  /** How often expired offsets are looked for, in ms. Default 600000. Java: `offsets.retention.check.interval.ms`. */
  readonly offsetsRetentionCheckIntervalMs: number;
}

/** Kafka's defaults. */
export const GROUP_DEFAULTS: GroupConfigs = {
  minSessionTimeoutMs: 6000,
  maxSessionTimeoutMs: 1_800_000,
  initialRebalanceDelayMs: 3000,
  maxSize: 2_147_483_647,
  consumerSessionTimeoutMs: 45_000,
  consumerHeartbeatIntervalMs: 5000,
  consumerAssignmentIntervalMs: 1000,
  consumerMaxSize: 2_147_483_647,
  migrationPolicy: "bidirectional",
  offsetsRetentionMinutes: 10_080,
  offsetsRetentionCheckIntervalMs: 600_000,
};

/** Whether a group may go from one protocol to the other while it has members. */
export type MigrationPolicy = "bidirectional" | "upgrade" | "downgrade" | "disabled";

/** How groups behave. */
export interface GroupConfigs {
  /**
   * The least session timeout that a classic member may ask for. Default 6000. Java: `group.min.session.timeout.ms`.
   */
  readonly minSessionTimeoutMs: number;
  /** The most. Default 1800000. Java: `group.max.session.timeout.ms`. */
  readonly maxSessionTimeoutMs: number;
  /**
   * How long the first rebalance of a classic group waits for more members, in ms. Default 3000, as Kafka; tests may
   * want 0. Java: `group.initial.rebalance.delay.ms`.
   */
  readonly initialRebalanceDelayMs: number;
  /** How many members a classic group may have. Default 2147483647. Java: `group.max.size`. */
  readonly maxSize: number;
  /**
   * Silence after which a member of KIP-848 is taken for dead, in ms. Default 45000. Java:
   * `group.consumer.session.timeout.ms`.
   */
  readonly consumerSessionTimeoutMs: number;
  /**
   * The heartbeat interval that members of KIP-848 are given, in ms. Default 5000. Java:
   * `group.consumer.heartbeat.interval.ms`.
   */
  readonly consumerHeartbeatIntervalMs: number;
  /**
   * The least time between two assignments of a group of KIP-848, in ms. Default 1000; tests may want 0. Java:
   * `group.consumer.assignment.interval.ms`.
   */
  readonly consumerAssignmentIntervalMs: number;
  /** How many members a group of KIP-848 may have. Default 2147483647. Java: `group.consumer.max.size`. */
  readonly consumerMaxSize: number;
  /**
   * Whether live groups change their protocol with their members. Default bidirectional. Java:
   * `group.consumer.migration.policy`.
   */
  readonly migrationPolicy: MigrationPolicy;
  /**
   * How long offsets are kept once nobody reads the topic any more, in minutes. Default 10080, a week. Java:
   * `offsets.retention.minutes`.
   */
  readonly offsetsRetentionMinutes: number;
  /** How often that is looked at, in ms. Default 600000. Java: `offsets.retention.check.interval.ms`. */
  readonly offsetsRetentionCheckIntervalMs: number;
}

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

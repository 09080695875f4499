import type { TopicPartition } from "../../cluster/topic-partition.ts";
import { atLeastOneMs, type Check, shape } from "../../errors/shape.ts";
import type { MemberState } from "../group/member.ts";

/** The limits after which a consumer looks unhealthy. */
export interface HealthOptions {
  /**
   * How long the application may process records, run a hook, or have no loop, in ms. Default: `maxPollIntervalMs`
   * (300000), after which a group takes the partitions away from a member that is stuck. Java: `max.poll.interval.ms`.
   */
  readonly stuckAfterMs?: number;
  /**
   * How long brokers may be unreachable, in ms. Default: `defaultApiTimeoutMs` (60000), the time after which calls of
   * this consumer give up. An election or a restart of a broker is over by then.
   */
  readonly unreachableAfterMs?: number;
}

/** One partition of a consumer. */
export interface PartitionHealth extends TopicPartition {
  /**
   * The time since the application last asked for a record of this partition, in ms: 0 while it waits for one. If it is
   * busy, this is the time since it was last seen to make progress, never more than the true time. Undefined if no loop
   * reads the partition.
   */
  readonly sinceAskedMs: number | undefined;
  /** The number of records from the position to the known end, as `currentLag`; undefined while it is not known. */
  readonly lag: number | undefined;
  /** Whether the application paused it. */
  readonly isPaused: boolean;
}

/** The membership of a consumer in its group. */
export interface GroupHealth {
  /** The id of the group. */
  readonly groupId: string;
  /** The state of the member. */
  readonly state: MemberState;
  /** The member id; empty while it is not a member. */
  readonly memberId: string;
  /** The generation of a classic group, or the member epoch; −1 while it is not a member. */
  readonly generationId: number;
}

/**
 * - `idle`: no loop is active.
 * - `reading`: a loop is active.
 * - `closing`, `closed`: `close()` was called, or has ended.
 */
export type ConsumerStateName = "idle" | "reading" | "closing" | "closed";

/** The state of a consumer, and whether it is well. */
export interface ConsumerHealth {
  /** Whether there is no reason to worry. A consumer that has not begun, is paused, or waits for records is healthy. */
  readonly healthy: boolean;
  /** Why it is not healthy: one sentence each, with times and limits. Empty if it is. */
  readonly reasons: readonly string[];
  /**
   * Whether one of the reasons lies in the application: a callback or a loop's body that does not end, a loop that has
   * ended, an error that nothing handles. A restart may help then. It does not help if brokers are unreachable.
   */
  readonly isStuck: boolean;
  /** The state of the consumer. */
  readonly state: ConsumerStateName;
  /** The membership; undefined without a group, and for a consumer with `assign`. */
  readonly group: GroupHealth | undefined;
  /** The partitions that it reads. */
  readonly partitions: readonly PartitionHealth[];
}

/** Checks {@link HealthOptions}. */
export const checkHealthOptions: Check = shape({ stuckAfterMs: atLeastOneMs, unreachableAfterMs: atLeastOneMs });

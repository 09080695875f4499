import type { LogPlace, OffsetSpec } from "./offset-spec.ts";
import type { OnPoison } from "./poison.ts";
import type { Subscription } from "./subscription.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";

/** The options of a consumer that decide how partitions are read. */
export interface ReadingSettings {
  /** Undefined without a group. */
  readonly group: { readonly groupId: string } | undefined;
  /** Undefined for a consumer with topics. */
  readonly assign: readonly Assignment[] | undefined;
  /** Whether it reads the partitions of `assign`, and commits for a group that it does not join. */
  readonly isManual: boolean;
  readonly subscription: Subscription;
  /** Undefined for `"none"`: a missing position is an error. */
  readonly startOffset: LogPlace | undefined;
  /** The option that the user set, for error texts. */
  readonly startOption: "startOffset" | "autoOffsetReset";
  /** Undefined for `"none"`: a position that the log does not have is an error. */
  readonly autoOffsetReset: LogPlace | "nearest" | undefined;
  readonly isReadCommitted: boolean;
  readonly fetchMinBytes: number;
  readonly fetchMaxWaitMs: number;
  readonly fetchMaxBytes: number;
  readonly maxPartitionFetchBytes: number;
  readonly fetchBufferBytes: number;
  readonly defaultApiTimeoutMs: number;
  readonly allowAutoCreateTopics: boolean;
  readonly checkCrcs: boolean;
  readonly maxDecompressedBytes: number | undefined;
  readonly clientRack: string;
  readonly onPositionReset: ((reset: PositionReset) => void) | undefined;
  readonly onPoison: OnPoison;
}

/** A partition to read, and its start. Default: `startOffset`. */
export interface Assignment extends TopicPartition {
  /**
   * Where reading begins. Default: at the committed offset; without one, as `startOffset` says. Java: `seek` after
   * `assign`.
   */
  readonly offset?: OffsetSpec;
}

/**
 * A position that the log no longer has, because records were deleted or the log was truncated, and the new position.
 */
export interface PositionReset extends TopicPartition {
  /** The offset that the log no longer has. */
  readonly from: number;
  /** The new position. */
  readonly to: number;
}

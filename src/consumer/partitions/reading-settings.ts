import type { LogPlace, OffsetSpec } from "./offset-spec.ts";
import type { OnPoison } from "./poison.ts";
import type { Subscription } from "./subscription.ts";
import type { TopicPartition } from "../../cluster/topic-partition.ts";

/** What of a consumer's options decides how partitions are read. */
export interface ReadingSettings {
  /** Undefined for a consumer in no group. */
  readonly group: { readonly groupId: string } | undefined;
  /** Undefined where topics are subscribed to. */
  readonly assign: readonly Assignment[] | undefined;
  /** Whether it reads the partitions of `assign`, and commits in the name of a group that it does not join. */
  readonly isManual: boolean;
  readonly subscription: Subscription;
  /** Undefined for none: to have no position is an error. */
  readonly startOffset: LogPlace | undefined;
  /** The option that says so, for errors. */
  readonly startOption: "startOffset" | "autoOffsetReset";
  /** Undefined for none: to have a position that the log does not have is an error. */
  readonly autoOffsetReset: LogPlace | "nearest" | undefined;
  readonly isReadCommitted: boolean;
  readonly fetchMinBytes: number;
  readonly fetchMaxWaitMs: number;
  readonly fetchMaxBytes: number;
  readonly maxPartitionFetchBytes: number;
  readonly fetchBufferBytes: number;
  readonly defaultApiTimeoutMs: number;
  readonly checkCrcs: boolean;
  readonly maxDecompressedBytes: number | undefined;
  readonly clientRack: string;
  readonly onPositionReset: ((reset: PositionReset) => void) | undefined;
  readonly onPoison: OnPoison;
}

/** A partition to read, and where reading it begins. Default: as `startOffset` says. */
export interface Assignment extends TopicPartition {
  readonly offset?: OffsetSpec;
}

/**
 * A position that the log does not have any more, since it was deleted or cut off, and the one that was taken instead.
 */
export interface PositionReset extends TopicPartition {
  /** The offset that the log does not have any more. */
  readonly from: number;
  /** The offset from which reading goes on. */
  readonly to: number;
}

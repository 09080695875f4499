import type { HistoryEventBase } from "./history-event-base.ts";

/** A record of a partition at the end of the run. */
export interface LogEvent extends HistoryEventBase {
  readonly type: "log";
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly digest: string;
  readonly timestamp: number;
}

/** A new leader lacked the end of a partition: offsets from `toOffset` on are gone, or belong to other records. */
export interface TruncationEvent extends HistoryEventBase {
  readonly type: "truncation";
  readonly topic: string;
  readonly partition: number;
  readonly toOffset: number;
  /** Whether only uncommitted records are gone. */
  readonly isClean: boolean;
}

/** The partition begins later than before: the records below `toOffset` were deleted. */
export interface RetentionEvent extends HistoryEventBase {
  readonly type: "retention";
  readonly topic: string;
  readonly partition: number;
  readonly toOffset: number;
}

/** A topic was deleted and is recreated: from now on the name means another topic, with its own offsets. */
export interface RecreationEvent extends HistoryEventBase {
  readonly type: "recreation";
  readonly topic: string;
}

/** The high watermark or the leader of a partition changed. `node` is the leader. */
export interface GrowthEvent extends HistoryEventBase {
  readonly type: "growth";
  readonly topic: string;
  readonly partition: number;
  readonly highWatermark: number;
}

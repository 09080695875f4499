import type { HistoryEventBase } from "./history-event-base.ts";

/** A record of a partition at the end of the run. */
export interface LogEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "log";
  /** The name of the record: that of its {@link SendEvent}. */
  readonly id: string;
  /** The name of the topic. */
  readonly topic: string;
  /** The number of the partition, from 0. */
  readonly partition: number;
  /** The record's offset. */
  readonly offset: number;
  /** A digest of key, value and headers as stored; equal to that of the {@link SendEvent}. */
  readonly digest: string;
  /** The record's timestamp, in ms since the epoch. */
  readonly timestamp: number;
}

/** A new leader lacked the end of a partition: offsets from `toOffset` on are gone, or belong to other records. */
export interface TruncationEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "truncation";
  /** The name of the topic. */
  readonly topic: string;
  /** The number of the partition, from 0. */
  readonly partition: number;
  /** The first offset that is gone. */
  readonly toOffset: number;
  /** Whether only uncommitted records are gone. */
  readonly isClean: boolean;
}

/** The partition begins later than before: the records below `toOffset` were deleted. */
export interface RetentionEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "retention";
  /** The name of the topic. */
  readonly topic: string;
  /** The number of the partition, from 0. */
  readonly partition: number;
  /** The first offset that the partition still has. */
  readonly toOffset: number;
}

/** A topic was deleted and is recreated: from now on the name means another topic, with its own offsets. */
export interface RecreationEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "recreation";
  /** The name of the topic. */
  readonly topic: string;
}

/** The high watermark or the leader of a partition changed. `node` is the leader. */
export interface GrowthEvent extends HistoryEventBase {
  /** The type of the event. */
  readonly type: "growth";
  /** The name of the topic. */
  readonly topic: string;
  /** The number of the partition, from 0. */
  readonly partition: number;
  /** The new high watermark: the offset after the last committed record. */
  readonly highWatermark: number;
}

/** The configs of a topic that the embedded cluster obeys, as they hold at one broker. */
export interface TopicSettings {
  /** `max.message.bytes`: the largest batch. */
  readonly maxMessageBytes: number;
  /** `cleanup.policy` has `compact`. */
  readonly isCompacted: boolean;
  /** `cleanup.policy` has `delete`. With neither, everything is kept. */
  readonly isDeleted: boolean;
  /** `message.timestamp.type` is LogAppendTime. */
  readonly isAppendTime: boolean;
  /** `message.timestamp.before.max.ms`. */
  readonly beforeMaxMs: number;
  /** `message.timestamp.after.max.ms`. */
  readonly afterMaxMs: number;
  /** `compression.type`. */
  readonly compressionType: string;
  /** `min.insync.replicas`. */
  readonly minInSyncReplicas: number;
  /** `unclean.leader.election.enable`. */
  readonly mayElectUncleanly: boolean;
  /** `retention.ms`; −1: no limit. */
  readonly retentionMs: number;
  /** `retention.bytes`; −1: no limit. */
  readonly retentionBytes: number;
  /** `segment.bytes`: retention and compaction work on whole segments. */
  readonly segmentBytes: number;
  /** `segment.ms`. */
  readonly segmentMs: number;
  /** `delete.retention.ms`: how long compaction keeps a tombstone. */
  readonly deleteRetentionMs: number;
  /** `min.compaction.lag.ms`. */
  readonly minCompactionLagMs: number;
  /** `max.compaction.lag.ms`. */
  readonly maxCompactionLagMs: number;
  /** `min.cleanable.dirty.ratio`. */
  readonly minCleanableRatio: number;
}

/** Reads the settings from the configs, whose values were checked when they were set. */
export function topicSettings(value: (name: string) => string): TopicSettings {
  const number = (name: string): number => Number(value(name));
  const policies = value("cleanup.policy").split(",");
  return {
    maxMessageBytes: number("max.message.bytes"),
    isCompacted: policies.includes("compact"),
    isDeleted: policies.includes("delete"),
    isAppendTime: value("message.timestamp.type") === "LogAppendTime",
    beforeMaxMs: number("message.timestamp.before.max.ms"),
    afterMaxMs: number("message.timestamp.after.max.ms"),
    compressionType: value("compression.type"),
    minInSyncReplicas: number("min.insync.replicas"),
    mayElectUncleanly: value("unclean.leader.election.enable") === "true",
    retentionMs: number("retention.ms"),
    retentionBytes: number("retention.bytes"),
    segmentBytes: number("segment.bytes"),
    segmentMs: number("segment.ms"),
    deleteRetentionMs: number("delete.retention.ms"),
    minCompactionLagMs: number("min.compaction.lag.ms"),
    maxCompactionLagMs: number("max.compaction.lag.ms"),
    minCleanableRatio: number("min.cleanable.dirty.ratio"),
  };
}

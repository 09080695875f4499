import type { Clock } from "../runtime/async-runtime.ts";
import * as at from "../records/batch-layout.ts";
import type { ClusterConfigs } from "./configs/cluster-configs.ts";
import type { TopicSettings } from "./configs/topic-settings.ts";
import { compacted, compactionRange } from "./state/compaction.ts";
import type { PartitionLog, StoredBatch } from "./state/partition-log.ts";
import { retainedFrom } from "./state/retention.ts";
import type { Topics } from "./state/topics.ts";

/** The parts of the cluster that cleaning uses. */
export interface LogCleaningHost {
  readonly clock: Clock;
  readonly topics: Topics;
  readonly configs: ClusterConfigs;
}

/** The time from the start to the first check, if that is less than the interval. Java: `log.initial.task.delay.ms`. */
const FIRST_CHECK_MS = 30_000;
/** The configs that say how often logs are checked, with their defaults in ms. */
const RETENTION = { name: "log.retention.check.interval.ms", defaultMs: 300_000 };
const COMPACTION = { name: "log.cleaner.backoff.ms", defaultMs: 15_000 };
const EXPIRATION = { name: "producer.id.expiration.check.interval.ms", defaultMs: 600_000 };
/** Those for all brokers count, since all brokers share their logs. */
const ANY_BROKER = -1;
/** The default of `retention.ms`, in ms. */
const WEEK_MS = 604_800_000;

/**
 * Retention, compaction and the end of producers that write no more, which Kafka does in the background. A check that
 * takes place in time and one that is made up before the next request look the same to clients, so this class has no
 * timer: {@link catchUp} makes up the checks that are due, with the time at which they were due.
 */
export class LogCleaning {
  readonly #host: LogCleaningHost;
  readonly #startedMs: number;
  #nextRetentionMs: number;
  #nextCompactionMs: number;
  #nextExpirationMs: number;

  constructor(host: LogCleaningHost) {
    this.#host = host;
    this.#startedMs = host.clock.monotonic();
    this.#nextRetentionMs = host.clock.monotonic() + Math.min(FIRST_CHECK_MS, this.#interval(RETENTION));
    this.#nextCompactionMs = host.clock.monotonic() + this.#interval(COMPACTION);
    this.#nextExpirationMs = host.clock.monotonic() + this.#interval(EXPIRATION);
    // The intervals may have changed.
    host.configs.onChange(() => {
      const nowMs = host.clock.monotonic();
      this.#nextRetentionMs = Math.min(this.#nextRetentionMs, nowMs + this.#interval(RETENTION));
      this.#nextCompactionMs = Math.min(this.#nextCompactionMs, nowMs + this.#interval(COMPACTION));
      this.#nextExpirationMs = Math.min(this.#nextExpirationMs, nowMs + this.#interval(EXPIRATION));
    });
  }

  /** Makes up the checks whose time has come. Cheap if there is none. */
  catchUp(): void {
    const nowMs = this.#host.clock.monotonic();
    if (nowMs >= this.#nextRetentionMs)
      this.#nextRetentionMs = this.#makeUp(nowMs, this.#nextRetentionMs, RETENTION, retain);
    if (nowMs >= this.#nextCompactionMs)
      this.#nextCompactionMs = this.#makeUp(nowMs, this.#nextCompactionMs, COMPACTION, compact);
    if (nowMs >= this.#nextExpirationMs)
      this.#nextExpirationMs = this.#makeUp(nowMs, this.#nextExpirationMs, EXPIRATION, this.#expire);
  }

  /**
   * Makes up the first check that is due and the last one: nothing was written since the first, so those between change
   * nothing. Returns when the next one is due.
   */
  #makeUp(nowMs: number, firstMs: number, interval: Interval, check: Check): number {
    const intervalMs = this.#interval(interval);
    const lastMs = firstMs + Math.floor((nowMs - firstMs) / intervalMs) * intervalMs;
    const wallMs = this.#host.clock.now();
    for (const dueMs of new Set([firstMs, lastMs])) this.#checkAll(check, wallMs - (nowMs - dueMs));
    return lastMs + intervalMs;
  }

  #checkAll(check: Check, wallMs: number): void {
    for (const topic of this.#host.topics.all)
      for (const log of topic.partitions) check(log, this.#inEffect(topic.settings(log.lastLeaderId)), wallMs);
  }

  /**
   * The default of `retention.ms` begins to count when the cluster has run for as long: a test may write records of
   * 1970, and Kafka would delete them 30 s to five minutes later.
   */
  #inEffect(settings: TopicSettings): TopicSettings {
    const isYoung = this.#host.clock.monotonic() - this.#startedMs < WEEK_MS;
    return isYoung && settings.retentionMs === WEEK_MS ? { ...settings, retentionMs: -1 } : settings;
  }

  /**
   * Forgets producers whose last record is older than `producer.id.expiration.ms`, if that is set. Its default, a day,
   * has no effect: a test may write records of 1970, and Kafka would forget within ten minutes what it needs to find a
   * record that is sent twice.
   */
  readonly #expire: Check = (log, _, wallMs) => {
    const set = this.#host.configs.setValue("producer.id.expiration.ms", ANY_BROKER);
    if (set !== undefined) log.producers.states.expire(wallMs - Number(set));
  };

  #interval({ name, defaultMs }: Interval): number {
    const set = this.#host.configs.setValue(name, ANY_BROKER);
    return set === undefined ? defaultMs : Math.max(1, Number(set));
  }
}

interface Interval {
  readonly name: string;
  readonly defaultMs: number;
}

type Check = (log: PartitionLog, settings: TopicSettings, nowMs: number) => void;

/** Deletes the segments of a log that are too old or too many. */
function retain(log: PartitionLog, settings: TopicSettings, nowMs: number): void {
  if (!settings.isDeleted || log.batchCount === 0) return;
  const segments = log.segments(limitsOf(settings));
  const start = retainedFrom(segments, settings, log.highWatermark, log.logEndOffset, nowMs);
  if (start !== undefined) log.deleteBefore(start);
}

/** Compacts a log, if enough of it is new. */
function compact(log: PartitionLog, settings: TopicSettings, nowMs: number): void {
  if (!settings.isCompacted || log.batchCount === 0) return;
  const segments = log.segments(limitsOf(settings));
  const stableTo = Math.min(log.lastStableOffset, log.replication.commonOffset);
  const range = compactionRange(segments, log.cleanedTo, stableTo, settings, nowMs);
  if (range === undefined) return;
  const aborted = log.producers.transactions.abortedBetween(log.logStartOffset, range.toOffset);
  const last = lastOfProducers(log.batches);
  const cleaned = compacted(
    {
      batches: log.batches,
      isAborted: ({ bytes, baseOffset }) => {
        const producerId = producerIdOf(bytes);
        return aborted.some(
          (one) => one.producerId === producerId && one.firstOffset <= baseOffset && baseOffset <= one.lastOffset,
        );
      },
      isLastOfProducer: (batch) => last.get(producerIdOf(batch.bytes)) === batch.baseOffset,
    },
    range,
    settings,
    nowMs,
  );
  log.replaceCleaned(range.to, cleaned, range.toOffset);
}

/** A compacted log begins a segment also when its first record has waited for `max.compaction.lag.ms`. */
function limitsOf({ segmentBytes, segmentMs, isCompacted, maxCompactionLagMs }: TopicSettings): {
  readonly segmentBytes: number;
  readonly segmentMs: number;
} {
  return { segmentBytes, segmentMs: isCompacted ? Math.min(segmentMs, maxCompactionLagMs) : segmentMs };
}

/** The first offset of the last batch of each idempotent producer. */
function lastOfProducers(batches: readonly StoredBatch[]): ReadonlyMap<number, number> {
  const last = new Map<number, number>();
  for (const { bytes, baseOffset } of batches) {
    const producerId = producerIdOf(bytes);
    if (producerId >= 0) last.set(producerId, baseOffset);
  }
  return last;
}

function producerIdOf(bytes: Uint8Array): number {
  return at.readInt64(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), at.PRODUCER_ID);
}

import * as at from "../../records/batch-layout.ts";
import type { LogSegment } from "./log-segments.ts";
import type { StoredBatch } from "./partition-log.ts";
import { type StoredRecord, packBatch, unpackBatch } from "./stored-records.ts";

/** The topic configs that say when a log is compacted. */
export interface CompactionSettings {
  readonly minCleanableRatio: number;
  readonly minCompactionLagMs: number;
  readonly maxCompactionLagMs: number;
  readonly deleteRetentionMs: number;
}

/** The part of a log that is compacted: everything before an index, of which a first part was compacted before. */
export interface CompactionRange {
  /** The index after the last batch. */
  readonly to: number;
  /** The offset after it. */
  readonly toOffset: number;
  /** The offset at which the part begins that was not compacted yet. */
  readonly dirtyFrom: number;
}

/**
 * The part of a log to compact, as in Kafka: whole segments, never the last one, nothing that is newer than
 * `min.compaction.lag.ms`, and nothing behind `stableTo`, where transactions are open or replicas lag. Undefined while
 * too little of it is new: `min.cleanable.dirty.ratio`, unless its first record waits for `max.compaction.lag.ms`.
 */
export function compactionRange(
  segments: readonly LogSegment[],
  cleanedTo: number,
  stableTo: number,
  settings: CompactionSettings,
  nowMs: number,
): CompactionRange | undefined {
  const { minCleanableRatio, minCompactionLagMs, maxCompactionLagMs } = settings;
  let clean = 0;
  let dirty = 0;
  let oldestDirty = Infinity;
  let range: CompactionRange | undefined;
  for (const [i, { baseOffset, sizeInBytes, maxTimestamp, to }] of segments.entries()) {
    const next = segments[i + 1];
    if (next === undefined || next.baseOffset > stableTo) break;
    if (minCompactionLagMs > 0 && maxTimestamp > nowMs - minCompactionLagMs) break;
    if (baseOffset < cleanedTo) clean += sizeInBytes;
    else {
      dirty += sizeInBytes;
      oldestDirty = Math.min(oldestDirty, maxTimestamp);
    }
    range = { to, toOffset: next.baseOffset, dirtyFrom: cleanedTo };
  }
  if (dirty === 0) return undefined;
  const isOverdue = nowMs - oldestDirty > maxCompactionLagMs;
  return isOverdue || dirty / (clean + dirty) > minCleanableRatio ? range : undefined;
}

/** The facts that compaction needs about the batches of a log. */
export interface CompactedLog {
  readonly batches: readonly StoredBatch[];
  /** Whether the batch belongs to a transaction that was aborted. */
  isAborted(batch: StoredBatch): boolean;
  /** Whether the batch is the last one of its idempotent producer, whose sequence numbers must be remembered. */
  isLastOfProducer(batch: StoredBatch): boolean;
}

/**
 * The batches that compaction leaves: of each key the last record, and tombstones for `delete.retention.ms` after they
 * were compacted first. Offsets stay, so there are gaps. Markers of transactions stay for ever, which Kafka removes in
 * the end.
 */
export function compacted(
  log: CompactedLog,
  { to, dirtyFrom }: CompactionRange,
  { deleteRetentionMs }: CompactionSettings,
  nowMs: number,
): readonly StoredBatch[] {
  const batches = log.batches.slice(0, to);
  const lastOffsets = lastOffsetsOf(log, batches, dirtyFrom);
  return batches.flatMap((batch) => {
    if (isControl(batch)) return [batch];
    const { payload, records } = unpackBatch(batch.bytes);
    const horizonMs = horizonOf(batch);
    const isKept = ({ key, offsetDelta, isTombstone }: StoredRecord): boolean =>
      key !== null &&
      batch.baseOffset + offsetDelta >= (lastOffsets.get(key) ?? -1) &&
      !(isTombstone && horizonMs !== undefined && nowMs >= horizonMs);
    const kept = log.isAborted(batch) ? [] : records.filter(isKept);
    if (kept.length === 0 && !log.isLastOfProducer(batch)) return [];
    const nextHorizonMs = kept.some(({ isTombstone }) => isTombstone)
      ? (horizonMs ?? nowMs + deleteRetentionMs)
      : undefined;
    if (kept.length === records.length && nextHorizonMs === horizonMs) return [batch];
    return [{ ...batch, ...rewritten(packBatch(batch.bytes, payload, kept, nextHorizonMs)) }];
  });
}

function lastOffsetsOf(
  log: CompactedLog,
  batches: readonly StoredBatch[],
  dirtyFrom: number,
): ReadonlyMap<string, number> {
  const offsets = new Map<string, number>();
  for (const batch of batches) {
    if (batch.lastOffset < dirtyFrom || isControl(batch) || log.isAborted(batch)) continue;
    for (const { key, offsetDelta } of unpackBatch(batch.bytes).records)
      if (key !== null) offsets.set(key, batch.baseOffset + offsetDelta);
  }
  return offsets;
}

function rewritten(bytes: Uint8Array): Pick<StoredBatch, "bytes" | "maxTimestamp"> {
  return { bytes, maxTimestamp: at.readInt64(new DataView(bytes.buffer), at.MAX_TIMESTAMP) };
}

function isControl({ bytes }: StoredBatch): boolean {
  return (viewOf(bytes).getInt16(at.ATTRIBUTES) & at.CONTROL) !== 0;
}

function horizonOf({ bytes }: StoredBatch): number | undefined {
  const view = viewOf(bytes);
  const hasHorizon = (view.getInt16(at.ATTRIBUTES) & at.DELETE_HORIZON) !== 0;
  return hasHorizon ? at.readInt64(view, at.BASE_TIMESTAMP) : undefined;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

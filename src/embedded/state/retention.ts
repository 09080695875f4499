import type { LogSegment } from "./log-segments.ts";

/** The limits of `retention.ms` and `retention.bytes`; −1: none. */
export interface RetentionLimits {
  readonly retentionMs: number;
  readonly retentionBytes: number;
}

/**
 * The offset at which a log begins after retention, as in Kafka: whole segments are deleted from the front. While the
 * log has `retentionBytes` without its first segment, that one is deleted; then each whose newest record is older than
 * `retentionMs`, up to the first that is not. The last segment is deleted only by time. Nothing is deleted that is not
 * committed. Undefined: nothing is to be deleted.
 */
export function retainedFrom(
  segments: readonly LogSegment[],
  { retentionMs, retentionBytes }: RetentionLimits,
  highWatermark: number,
  logEndOffset: number,
  nowMs: number,
): number | undefined {
  let size = segments.reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0);
  let isTooLarge = retentionBytes >= 0;
  let start: number | undefined;
  for (const [i, { sizeInBytes, maxTimestamp }] of segments.entries()) {
    const isLast = i === segments.length - 1;
    const end = segments[i + 1]?.baseOffset ?? logEndOffset;
    if (end > highWatermark) return start;
    isTooLarge = isTooLarge && !isLast && size - sizeInBytes >= retentionBytes;
    const isOld = retentionMs >= 0 && maxTimestamp >= 0 && nowMs - maxTimestamp > retentionMs;
    if (!isTooLarge && !isOld) return start;
    size -= sizeInBytes;
    start = end;
  }
  return start;
}

import type { KafkaRecord } from "../../records/record.ts";
import type { Cursor } from "./cursor.ts";
import type { LogPlace } from "./offset-spec.ts";

/** The two options that choose a position when there is none, or the log does not have it. */
export interface ResetPolicy {
  readonly autoOffsetReset: LogPlace | "nearest" | undefined;
  readonly startOffset: LogPlace | undefined;
}

/** How far a partition was consumed. */
export interface Consumed {
  readonly position: number;
  /** The offset of the last consumed record; −1 for none. */
  readonly consumedOffset: number;
  /** The timestamp of that record, in ms since the epoch; −1 if there is none. */
  readonly consumedTimestamp: number;
}

/**
 * The new position when the log does not have the current one; undefined if that is an error. If the position is before
 * the last consumed record (after a seek back), that record's time does not concern it, and the rule for the start
 * applies.
 */
export function resetPlace(
  { autoOffsetReset, startOffset }: ResetPolicy,
  { position, consumedOffset, consumedTimestamp }: Consumed,
): LogPlace | undefined {
  if (autoOffsetReset !== "nearest") return autoOffsetReset;
  return consumedTimestamp >= 0 && consumedOffset <= position ? { timestamp: consumedTimestamp } : startOffset;
}

/**
 * A `decode` that notes the time of each delivered record. Only for `autoOffsetReset: "nearest"`, because it costs time
 * for every record.
 */
export function notingTime<K, V>(
  find: (record: KafkaRecord<K, V>) => Cursor<K, V> | undefined,
  decode: ((record: KafkaRecord<K, V>) => void) | undefined,
): (record: KafkaRecord<K, V>) => void {
  let last: Cursor<K, V> | undefined;
  return (record) => {
    decode?.(record);
    if (last === undefined || last.isGone || last.partition !== record.partition || last.topic !== record.topic)
      last = find(record);
    if (last === undefined) return;
    last.progress.noteConsumed(record.offset, record.timestamp);
  };
}

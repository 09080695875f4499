import type { KafkaRecord } from "../../records/record.ts";
import type { Cursor } from "./cursor.ts";
import type { LogPlace } from "./offset-spec.ts";

/** The two options that say where a partition is read without a position that its log has. */
export interface ResetPolicy {
  readonly autoOffsetReset: LogPlace | "nearest" | undefined;
  readonly startOffset: LogPlace | undefined;
}

/** What was consumed of a partition. */
export interface Consumed {
  readonly position: number;
  /** Of the record that was consumed last; −1 for none. */
  readonly consumedOffset: number;
  /** Of the same record, in ms since the epoch; −1 where there is none or it has none. */
  readonly consumedTimestamp: number;
}

/**
 * Where reading goes on when the log does not have the position; undefined where
 * that is an error. A position behind the record that was consumed last (after a
 * seek back, say) has nothing to do with its time: then the start's rule applies.
 */
export function resetPlace(
  { autoOffsetReset, startOffset }: ResetPolicy,
  { position, consumedOffset, consumedTimestamp }: Consumed,
): LogPlace | undefined {
  if (autoOffsetReset !== "nearest") return autoOffsetReset;
  return consumedTimestamp >= 0 && consumedOffset <= position ? { timestamp: consumedTimestamp } : startOffset;
}

/**
 * `decode` that notes of each record that the application gets when it was
 * written. Only for `autoOffsetReset: "nearest"`: it costs every record.
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

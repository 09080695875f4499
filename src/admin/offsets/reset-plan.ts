import type { TopicPartition } from "../../cluster/topic-partition.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { either, oneOf, shape, is, wholeFrom, type Check } from "../../errors/shape.ts";
import { partitionId } from "../partition-id.ts";

/**
 * The offset that a group gets in a partition.
 *
 * - `"earliest"`: the first one that the partition has.
 * - `"latest"`: the one that the next record will get.
 * - `{ timestamp }`: that of the first record whose timestamp, in ms since the epoch, is not lower; if all records are
 *   older, as `"latest"`.
 * - `{ offset }`: this one.
 * - `{ shift }`: the committed offset plus this number, which may be negative.
 *
 * The last two become the nearest offset that the partition has. Java: `--to-earliest`, `--to-latest`, `--to-datetime`,
 * `--to-offset` and `--shift-by` of `kafka-consumer-groups.sh`.
 */
export type OffsetResetTo = "earliest" | "latest" | ResetToTimestamp | ResetToOffset | ResetByShift;

/** A reset to the first record of a time. */
export interface ResetToTimestamp {
  /** The time, in ms since the epoch. */
  readonly timestamp: number;
}

/** A reset to one offset. */
export interface ResetToOffset {
  /** The offset of the next record to read. */
  readonly offset: number;
}

/** A reset that moves the committed offset. */
export interface ResetByShift {
  /** The number of offsets to skip; a negative one is the number of offsets to read again. */
  readonly shift: number;
}

/** The reset of one partition. */
export interface OffsetReset {
  /** The committed offset before the call; undefined if there was none. */
  readonly before: number | undefined;
  /** The committed offset after the call; with `dryRun` the one that the call would set. */
  readonly after: number;
  /**
   * The offset that was asked for, if the partition does not have it. `after` is then the nearest that it has.
   * Otherwise undefined.
   */
  readonly clampedFrom: number | undefined;
}

/** Accepts an {@link OffsetResetTo}. */
export const RESET_TO: Check = either(
  '"earliest", "latest", { timestamp }, { offset } or { shift }',
  oneOf("earliest", "latest"),
  shape({ timestamp: wholeFrom(0) }, { needs: ["timestamp"] }),
  shape({ offset: wholeFrom(0) }, { needs: ["offset"] }),
  shape({ shift: is("a whole number", Number.isSafeInteger) }, { needs: ["shift"] }),
);

/** The facts about a partition: the range of its log, and the offset of the time, if one was looked up. */
export interface ResetFacts {
  /** The committed offset; undefined for none. */
  readonly committed: number | undefined;
  readonly earliest: number;
  readonly latest: number;
  /** The offset of the first record of the time; undefined if all records are older. */
  readonly ofTime: number | undefined;
}

/** Decides the new offset of a partition. Returns an error for a shift without a committed offset. */
export function resetPlan(place: TopicPartition, to: OffsetResetTo, facts: ResetFacts): OffsetReset | KafkaError {
  const { committed: before, earliest, latest, ofTime } = facts;
  if (to === "earliest") return { before, after: earliest, clampedFrom: undefined };
  if (to === "latest") return { before, after: latest, clampedFrom: undefined };
  if ("timestamp" in to) return { before, after: ofTime ?? latest, clampedFrom: undefined };
  if ("shift" in to && before === undefined)
    return new KafkaError(
      "config",
      `cannot shift the offset of ${partitionId(place)}: the group has committed none there; name "earliest", ` +
        '"latest", { timestamp } or { offset }',
      { ...place, outcome: "notWritten" },
    );
  const asked = "shift" in to ? (before ?? 0) + to.shift : to.offset;
  const after = Math.min(Math.max(asked, earliest), latest);
  return { before, after, clampedFrom: asked === after ? undefined : asked };
}

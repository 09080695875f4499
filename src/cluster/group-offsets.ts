import { KafkaError } from "../errors/kafka-error.ts";
import { anything, isNatural32, listOf, MAX_INT32, shape, text, wholeFrom } from "../errors/shape.ts";
import { inWords, plainly } from "../errors/words.ts";

/**
 * The position of a group in a partition: the offset of the next record to read, which is one more than that of the
 * last processed record. Java: `OffsetAndMetadata`.
 */
export interface GroupOffset {
  /** The topic. */
  readonly topic: string;
  /** The number of the partition, from 0. */
  readonly partition: number;
  /** The offset of the next record to read. */
  readonly offset: number;
  /**
   * The leader epoch of the last processed record, which allows truncation to be detected (KIP-320). Default: unknown.
   */
  readonly leaderEpoch?: number | undefined;
  /** Any text, stored with the offset. Brokers accept up to 4096 bytes (`offset.metadata.max.bytes`). Default: none. */
  readonly metadata?: string;
}

/**
 * A committed offset of a group. You can pass it to `commit` unchanged, unless it is negative. Java:
 * `OffsetAndMetadata`.
 */
export interface CommittedOffset extends GroupOffset {
  /**
   * The offset of the next record to read. Other clients may commit −2 for the first record, and −1 for the end:
   * kafkajs's `resetOffsets` does. A consumer begins there. A −1 without metadata counts as nothing committed, because
   * the coordinator answers both alike.
   */
  readonly offset: number;
  /** The leader epoch of the last processed record; undefined if none was committed with the offset. */
  readonly leaderEpoch: number | undefined;
  /** The text that was committed with the offset; "" for none. */
  readonly metadata: string;
}

/**
 * A consumer's identity in its group. With a member id, the coordinator accepts offsets of current members only
 * (KIP-447). Java: `ConsumerGroupMetadata`.
 */
export interface GroupMetadata {
  /** The group's id. */
  readonly groupId: string;
  /** The generation of a classic group, or the member's epoch. Default −1: not a member. */
  readonly generationId?: number;
  /** The member's id. Default: not a member. */
  readonly memberId?: string;
  /** The `group.instance.id` of a static member (KIP-345). */
  readonly groupInstanceId?: string;
}

/** The place that a negative committed offset stands for; undefined if it stands for none. */
export function committedPlace(offset: number, metadata: string): "earliest" | "latest" | undefined {
  if (offset === -2) return "earliest";
  return offset === -1 && metadata !== "" ? "latest" : undefined;
}

const OFFSETS = listOf(
  shape(
    { topic: anything, partition: anything, offset: anything, leaderEpoch: anything, metadata: anything },
    {
      noun: "field",
      hints: {
        timestamp: "a consumed record is no offset: commit { topic, partition, offset: record.offset + 1 }",
        partitions: "name each partition, { topic, partition, offset }",
      },
    },
  ),
  ": name each partition, [{ topic, partition, offset }]",
);
const GROUP = shape({
  groupId: anything,
  generationId: wholeFrom(-2_147_483_648, MAX_INT32),
  memberId: text,
  groupInstanceId: text,
});

/** Throws kind `config` that says what is wrong. `what` is the method that was called. */
export function checkOffsets(what: string, offsets: readonly GroupOffset[]): void {
  OFFSETS(offsets, `${what}: offsets`);
  for (const { topic, partition, offset, leaderEpoch, metadata } of offsets) {
    if (typeof topic !== "string" || topic === "" || !isNatural32(partition))
      throw new KafkaError("config", `${what}: ${plainly(topic)}-${plainly(partition)} is no partition`);
    const of = { topic, partition };
    if (!Number.isSafeInteger(offset) || offset < 0)
      throw new KafkaError(
        "config",
        `${what}: ${topic}-${partition} has offset ${inWords(offset)}; it takes the offset of the next record to ` +
          "read, a whole number from 0",
        of,
      );
    if (leaderEpoch !== undefined && !isNatural32(leaderEpoch))
      throw new KafkaError(
        "config",
        `${what}: ${topic}-${partition} has leaderEpoch ${inWords(leaderEpoch)}; it takes a whole number from 0, ` +
          "or none",
        of,
      );
    if (metadata !== undefined && typeof metadata !== "string")
      throw new KafkaError(
        "config",
        `${what}: ${topic}-${partition} has metadata ${inWords(metadata)}; it takes a string`,
        of,
      );
  }
}

/** Throws kind `config` if the group id is missing or a field is wrong. */
export function checkGroup(group: GroupMetadata): void {
  GROUP(group, "sendOffsets: the group");
  if (typeof group.groupId !== "string" || group.groupId === "")
    throw new KafkaError("config", "sendOffsets needs the group as an object with its id, { groupId }");
}

import { KafkaError } from "../errors/kafka-error.ts";

/** Where a group goes on in a partition: the offset of the next record, so one more than that of the last that was processed. */
export interface GroupOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** The leader epoch of the last record that was processed, so that truncation is noticed (KIP-320). Default: unknown. */
  readonly leaderEpoch?: number;
  /** Any text, kept with the offset. */
  readonly metadata?: string;
}

/** A consumer's place in its group. With a member id, the coordinator takes offsets of present members only (KIP-447). Java: `ConsumerGroupMetadata`. */
export interface GroupMetadata {
  readonly groupId: string;
  /** The generation of a classic group, or the member's epoch. Default −1: no member. */
  readonly generationId?: number;
  readonly memberId?: string;
  readonly groupInstanceId?: string;
}

/** Throws kind `config` that names what is wrong. */
export function checkOffsets(offsets: readonly GroupOffset[], group: GroupMetadata): void {
  if (typeof group.groupId !== "string" || group.groupId === "") throw new KafkaError("config", "sendOffsets needs the group's id: { groupId }");
  for (const { topic, partition, offset } of offsets) {
    if (typeof topic !== "string" || topic === "" || !Number.isInteger(partition) || partition < 0) throw new KafkaError("config", `sendOffsets: ${topic}-${String(partition)} is no partition`);
    if (!Number.isSafeInteger(offset) || offset < 0) throw new KafkaError("config", `sendOffsets: ${topic}-${partition} has offset ${String(offset)}; it takes that of the next record to be read, a whole number from 0`, { topic, partition });
  }
}

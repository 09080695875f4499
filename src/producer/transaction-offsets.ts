import { KafkaError } from "../errors/kafka-error.ts";

/** How far a partition was processed: `offset` is that of the next record to read. */
export interface OffsetAndPartition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** The leader epoch of the last record that was read. Default −1, unknown. */
  readonly leaderEpoch?: number;
  /** A note of one's own. Default none. */
  readonly metadata?: string | null;
}

/**
 * The group whose offsets a transaction commits, and which of its members does. With the member's data the coordinator refuses
 * them when the group has rebalanced meanwhile (KIP-447). Java: `ConsumerGroupMetadata`.
 */
export interface TransactionGroup {
  readonly groupId: string;
  /** The member's generation, or its epoch (KIP-848). Default −1: not a member. */
  readonly generationId?: number;
  readonly memberId?: string;
  readonly groupInstanceId?: string | null;
}

/** Throws kind `config` that names what is wrong. */
export function checkOffsets(offsets: readonly OffsetAndPartition[], group: TransactionGroup): void {
  if (typeof group.groupId !== "string" || group.groupId === "") throw new KafkaError("config", "sendOffsets needs the id of a group: { groupId }, or what a consumer's groupMetadata() gives");
  for (const { topic, partition, offset } of offsets) {
    if (typeof topic !== "string" || topic === "" || !Number.isInteger(partition) || partition < 0) throw new KafkaError("config", `sendOffsets: ${topic}-${String(partition)} is no partition`);
    if (!Number.isSafeInteger(offset) || offset < 0) throw new KafkaError("config", `sendOffsets: ${topic}-${partition} has offset ${String(offset)}; it takes the offset of the next record to read, a whole number from 0`, { topic, partition });
  }
}

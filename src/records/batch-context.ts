import type { CompressionType } from "../runtime/codec.ts";
import type { Batch } from "./batch.ts";
import type { TimestampType } from "./record.ts";

/** The facts of the batch in which a record was read: one object for all records of the batch. */
export interface BatchContext {
  /** The format: 2 since Kafka 0.11, before that 1 (0.10) and 0. */
  readonly magic: number;
  /** The offset of the batch's first record, as it was before compaction. */
  readonly baseOffset: number;
  /** The difference between the offsets of its last and its first record, even if compaction removed the last. */
  readonly lastOffsetDelta: number;
  /** The timestamp of its first record, in ms since the epoch; the delete horizon, if it has one (KIP-534). */
  readonly baseTimestamp: number;
  /** The highest timestamp, in ms since the epoch; −1 for magic 0. */
  readonly maxTimestamp: number;
  /** Whether the producer or the broker set the timestamps. */
  readonly timestampType: TimestampType;
  /** The leader epoch in which it was written; −1 for magic 0 and 1. */
  readonly partitionLeaderEpoch: number;
  /** The id of the idempotent producer that wrote it; −1 for any other. */
  readonly producerId: number;
  /** The epoch of that producer; −1 for any other. */
  readonly producerEpoch: number;
  /** The sequence number of its first record; −1 for a producer that is not idempotent. */
  readonly baseSequence: number;
  /** Whether it is part of a transaction. */
  readonly isTransactional: boolean;
  /** Whether it contains control records, which applications never see: always false for a record. */
  readonly isControl: boolean;
  /** How it is compressed. */
  readonly codec: CompressionType;
}

/** The context of a batch; it does not keep the batch in memory. */
export function batchContext(batch: Batch<unknown, unknown>, baseTimestamp: number): BatchContext {
  const { magic, baseOffset, maxTimestamp, timestampType, partitionLeaderEpoch } = batch;
  const { producerId, producerEpoch, baseSequence, isTransactional, isControl, codec } = batch;
  return Object.freeze({
    magic,
    baseOffset,
    lastOffsetDelta: batch.lastOffset - baseOffset,
    baseTimestamp,
    maxTimestamp,
    timestampType,
    partitionLeaderEpoch,
    producerId,
    producerEpoch,
    baseSequence,
    isTransactional,
    isControl,
    codec,
  });
}

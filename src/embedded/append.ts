import * as ErrorCode from "../errors/error-code.ts";
import * as at from "../records/batch-layout.ts";
import type { Batch } from "../records/batch.ts";
import { crc32c } from "../wire/crc32c.ts";
import { type CheckedRecords, type ProduceResult, checkRecords } from "./check-records.ts";
import { recompressed } from "./recompress.ts";
import type { PartitionLog } from "./state/partition-log.ts";
import type { Topic } from "./state/topics.ts";

const NO_TIMESTAMP = -1;

/**
 * Checks a batch as a leader does, in the same order, and appends it. `beginsWithZero`: a producer that the partition
 * does not know must begin with sequence 0.
 */
export function appendBatch(
  topic: Topic,
  log: PartitionLog,
  batch: Batch,
  nowMs: number,
  beginsWithZero = false,
): ProduceResult {
  const { logStartOffset } = log;
  if (batch.baseOffset !== 0) return refusal(ErrorCode.INVALID_RECORD, logStartOffset);
  const { maxMessageBytes: maxBytes, isAppendTime, compressionType } = topic.settings(log.leaderId);
  if (batch.sizeInBytes > maxBytes) return refusal(ErrorCode.MESSAGE_TOO_LARGE);
  if (!batch.isValid) return refusal(ErrorCode.CORRUPT_MESSAGE);
  if (isInconsistent(batch)) return refusal(ErrorCode.INVALID_RECORD, logStartOffset);
  const checked = checkRecords(batch, topic.settings(log.leaderId), nowMs);
  if (!("payload" in checked)) return { ...checked, logStartOffset };
  const { producerId, producerEpoch, baseSequence, count } = batch;
  const maxTimestamp = isAppendTime ? nowMs : checked.maxTimestamp;
  const numbers = {
    producerId,
    producerEpoch,
    baseSequence,
    count,
    maxTimestamp,
    isTransactional: batch.isTransactional,
    beginsWithZero,
  };
  if (producerId >= 0) {
    const verdict = log.producers.states.check(numbers);
    if (verdict.kind === "error") return refusal(verdict.code, logStartOffset);
    // A retry of a batch that is in the log: return the result that was lost. For any type of timestamp, Kafka returns
    // the batch's own as the append time.
    if (verdict.kind === "duplicate")
      return {
        errorCode: ErrorCode.NONE,
        baseOffset: verdict.baseOffset,
        logAppendTimeMs: verdict.timestamp,
        logStartOffset,
      };
  }
  const bytes = bytesToKeep(batch, checked, compressionType);
  if (bytes.length > maxBytes) return refusal(ErrorCode.MESSAGE_TOO_LARGE);
  stampTime(bytes, isAppendTime, maxTimestamp);
  const baseOffset = log.append(bytes, count, maxTimestamp);
  return {
    errorCode: ErrorCode.NONE,
    baseOffset,
    logAppendTimeMs: isAppendTime ? nowMs : NO_TIMESTAMP,
    logStartOffset,
  };
}

function refusal(errorCode: number, logStartOffset = -1): ProduceResult {
  return { errorCode, baseOffset: -1, logStartOffset };
}

/** Whether the header contradicts itself, or has a value that clients may not send. */
function isInconsistent(batch: Batch): boolean {
  return (
    batch.isControl ||
    batch.count < 1 ||
    batch.lastOffset - batch.baseOffset + 1 !== batch.count ||
    (batch.producerId >= 0 && batch.baseSequence < 0)
  );
}

/** The batch as the producer sent it, or recompressed as the topic's `compression.type` demands. */
function bytesToKeep(batch: Batch, { codec, payload }: CheckedRecords, type: string): Uint8Array {
  return type === "producer" ? batch.bytes : recompressed(batch.bytes, codec, payload, type);
}

/**
 * Replaces the producer's timestamp type and maximum timestamp by the topic's type and the real maximum, and updates
 * the CRC.
 */
function stampTime(bytes: Uint8Array, isAppendTime: boolean, maxTimestamp: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const attributes = view.getInt16(at.ATTRIBUTES);
  const wanted = isAppendTime ? attributes | at.LOG_APPEND_TIME : attributes & ~at.LOG_APPEND_TIME;
  if (attributes === wanted && at.readInt64(view, at.MAX_TIMESTAMP) === maxTimestamp) return;
  view.setInt16(at.ATTRIBUTES, wanted);
  at.writeInt64(view, at.MAX_TIMESTAMP, maxTimestamp);
  view.setUint32(at.CRC, crc32c(bytes, at.ATTRIBUTES, bytes.length));
}

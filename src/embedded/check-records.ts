import * as ErrorCode from "../errors/error-code.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import type { ProduceResponsePartitionProduceResponse } from "../protocol/messages/produce.ts";
import type { Input } from "../protocol/schema.ts";
import * as at from "../records/batch-layout.ts";
import type { Batch } from "../records/batch.ts";
import { decompressed } from "../records/decompress.ts";
import type { CompressionType } from "../runtime/codec.ts";
import type { TopicSettings } from "./configs/topic-settings.ts";
import { type RecordVisitor, scanRecords } from "./record-scan.ts";
import { brokerReadSettings } from "./state/broker-read-settings.ts";

/** The result for one partition of a Produce request. */
export type ProduceResult = Omit<Input<ProduceResponsePartitionProduceResponse>, "index">;

/** Records that may be appended: their highest timestamp, and their uncompressed bytes. */
export interface CheckedRecords {
  readonly maxTimestamp: number;
  readonly codec: CompressionType;
  readonly payload: Uint8Array;
}

interface RecordError {
  readonly code: number;
  readonly batchIndex: number;
  readonly batchIndexErrorMessage: string;
}

const NO_TIMESTAMP = -1;

/** Checks every record; returns the facts about them, or the error for the batch. */
export function checkRecords(batch: Batch, settings: TopicSettings, nowMs: number): CheckedRecords | ProduceResult {
  const errors: RecordError[] = [];
  let maxTimestamp = NO_TIMESTAMP;
  try {
    const { codec, payload } = unpacked(batch);
    const check = checkOf(batch, codec, settings, nowMs, errors);
    const appendTime = batch.timestampType === "LogAppendTime" ? batch.maxTimestamp : undefined;
    const baseTimestamp = at.readInt64(
      new DataView(batch.bytes.buffer, batch.bytes.byteOffset, at.HEADER_BYTES),
      at.BASE_TIMESTAMP,
    );
    scanRecords(payload, 0, payload.length, batch.count, codec !== "none", (index, delta, keyLength, valueLength) => {
      const timestamp = appendTime ?? baseTimestamp + delta;
      if (timestamp > maxTimestamp) maxTimestamp = timestamp;
      check(index, timestamp, keyLength, valueLength);
    });
    return errors.length === 0 ? { maxTimestamp, codec, payload } : refusedRecords(errors);
  } catch (error) {
    // Kafka treats records that cannot be read at all as a failure of the broker, not of the producer.
    return {
      errorCode: KafkaError.from(error).kind === "corrupt" ? ErrorCode.INVALID_RECORD : ErrorCode.UNKNOWN_SERVER_ERROR,
      baseOffset: -1,
    };
  }
}

/** Returns the uncompressed records. Throws kind `internal` if decompression fails, or if the codec is missing. */
function unpacked(batch: Batch): { readonly codec: CompressionType; readonly payload: Uint8Array } {
  try {
    const { codec } = batch;
    const bytes = batch.bytes.subarray(at.HEADER_BYTES);
    if (codec === "lz4" && bytes.length === 0) throw new KafkaError("corrupt", "the payload has no LZ4 frame");
    // An empty zstd payload without any frame counts as uncompressed and empty.
    const isPlain = codec === "none" || (codec === "zstd" && bytes.length === 0);
    return { codec, payload: isPlain ? bytes : decompressed(brokerReadSettings(), batch.baseOffset, codec, bytes) };
  } catch (error) {
    throw new KafkaError("internal", `the broker cannot decompress a batch: ${KafkaError.from(error).message}`);
  }
}

function checkOf(
  batch: Batch,
  codec: CompressionType,
  { isCompacted: needsKeys, isAppendTime, beforeMaxMs, afterMaxMs }: TopicSettings,
  nowMs: number,
  errors: RecordError[],
): RecordVisitor {
  const earliest = nowMs - beforeMaxMs;
  const latest = nowMs + afterMaxMs;
  const refuseOne = (code: number, batchIndex: number, batchIndexErrorMessage: string): void =>
    void errors.push({ code, batchIndex, batchIndexErrorMessage });
  return (index, timestamp, keyLength, valueLength) => {
    if (needsKeys && keyLength < 0)
      refuseOne(
        ErrorCode.INVALID_RECORD,
        index,
        `Compacted topic cannot accept message without key in topic partition ${batch.topic}-${batch.partition}`,
      );
    else if (!isAppendTime && timestamp !== NO_TIMESTAMP) {
      if (timestamp < earliest || timestamp > latest)
        refuseOne(
          ErrorCode.INVALID_TIMESTAMP,
          index,
          `Timestamp ${timestamp} of message with offset ${index} is out of range. The timestamp should be ` +
            `within [${earliest}, ${latest}]`,
        );
    } else if (batch.timestampType === "LogAppendTime") {
      // Kafka has two classes of records, which it prints differently.
      const shown =
        codec === "none"
          ? `DefaultRecord(offset=${index}, timestamp=${timestamp}, key=${Math.max(0, keyLength)} bytes, ` +
            `value=${Math.max(0, valueLength)} bytes)`
          : `PartialDefaultRecord(offset=${index}, timestamp=${timestamp}, key=${keyLength} bytes, ` +
            `value=${valueLength} bytes)`;
      refuseOne(
        ErrorCode.INVALID_TIMESTAMP,
        index,
        `Invalid timestamp type in message ${shown}. Producer should not set timestamp type to LogAppendTime.`,
      );
    }
  };
}

/** The error for a batch that is refused because of some of its records (KIP-467). */
function refusedRecords(errors: readonly RecordError[]): ProduceResult {
  const recordErrors = errors.map(({ batchIndex, batchIndexErrorMessage }) => ({ batchIndex, batchIndexErrorMessage }));
  if (errors.some(({ code }) => code === ErrorCode.INVALID_TIMESTAMP))
    return {
      errorCode: ErrorCode.INVALID_TIMESTAMP,
      baseOffset: -1,
      recordErrors,
      errorMessage: "One or more records have been rejected due to invalid timestamp",
    };
  const shown = errors
    .slice(0, 3)
    .map((error) => `RecordError(batchIndex=${error.batchIndex}, message='${error.batchIndexErrorMessage}')`);
  return {
    errorCode: ErrorCode.INVALID_RECORD,
    baseOffset: -1,
    recordErrors,
    errorMessage:
      `One or more records have been rejected due to ${errors.length} record errors in total, ` +
      `and only showing the first three errors at most: [${shown.join(", ")}]`,
  };
}

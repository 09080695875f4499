import { KafkaError } from "../errors/kafka-error.ts";
import type { ProduceResponsePartitionProduceResponse } from "../protocol/messages/produce.ts";
import type { Input } from "../protocol/schema.ts";
import * as at from "../records/batch-layout.ts";
import type { Batch } from "../records/batch.ts";
import { batchAt } from "../records/read-batches.ts";
import { readSettings } from "../records/read-settings.ts";
import { crc32c } from "../wire/crc32c.ts";
import { codes } from "./codes.ts";
import { scanRecords } from "./record-scan.ts";
import type { PartitionLog } from "./state/partition-log.ts";
import type { Topic } from "./state/topics.ts";
import { topicConfig } from "./topic-configs.ts";

type Result = Omit<Input<ProduceResponsePartitionProduceResponse>, "index">;

interface RecordError {
  readonly code: number;
  readonly batchIndex: number;
  readonly batchIndexErrorMessage: string;
}

const NO_TIMESTAMP = -1;
const ZSTD_SINCE_VERSION = 7;

/** A batch that passed {@link openBatch}, or why it did not. */
export type OpenedBatch = { readonly batch: Batch } | { readonly errorCode: number };

/** The one batch that a partition of a Produce request holds. What is cut off behind it is dropped, as Kafka drops it. */
export function openBatch(records: Uint8Array | null, apiVersion: number, topic: string, partition: number): OpenedBatch {
  if (records === null) return { errorCode: codes.INVALID_RECORD };
  try {
    // The CRC is checked once, in append(): what is read after that need not be checked again.
    const settings = readSettings({ checkCrcs: false, topic, partition });
    const batch = batchAt<Uint8Array | null, Uint8Array | null>(records, 0, settings);
    if (batch === undefined || batchAt(records, batch.sizeInBytes, settings) !== undefined) return { errorCode: codes.INVALID_RECORD };
    if (batch.magic !== 2) return { errorCode: codes.INVALID_RECORD };
    if (batch.codec === "zstd" && apiVersion < ZSTD_SINCE_VERSION) return { errorCode: codes.UNSUPPORTED_COMPRESSION_TYPE };
    return { batch };
  } catch (error) {
    return { errorCode: KafkaError.from(error).kind === "unsupported" ? codes.INVALID_RECORD : codes.CORRUPT_MESSAGE };
  }
}

/** Checks a batch as a leader does, in its order, and appends it. */
export function appendBatch(topic: Topic, log: PartitionLog, batch: Batch, nowMs: number): Result {
  const { logStartOffset } = log;
  if (batch.baseOffset !== 0) return refusal(codes.INVALID_RECORD, logStartOffset);
  if (batch.sizeInBytes > Number(topicConfig(topic.configs, "max.message.bytes"))) return refusal(codes.MESSAGE_TOO_LARGE);
  if (!batch.isValid) return refusal(codes.CORRUPT_MESSAGE);
  if (isInconsistent(batch)) return refusal(codes.INVALID_RECORD, logStartOffset);
  const checked = checkRecords(batch, topic, nowMs);
  if (typeof checked !== "number") return { ...checked, logStartOffset };
  const { producerId, producerEpoch, baseSequence, count } = batch;
  const isAppendTime = topicConfig(topic.configs, "message.timestamp.type") === "LogAppendTime";
  const maxTimestamp = isAppendTime ? nowMs : checked;
  const numbers = { producerId, producerEpoch, baseSequence, count, maxTimestamp };
  if (producerId >= 0) {
    const verdict = log.producers.check(numbers);
    if (verdict.kind === "error") return refusal(verdict.code, logStartOffset);
    // A retry of what is there already: the answer is the one that was lost. Kafka puts the batch's timestamp there, of whatever type.
    if (verdict.kind === "duplicate") return { errorCode: codes.NONE, baseOffset: verdict.baseOffset, logAppendTimeMs: verdict.timestamp, logStartOffset };
  }
  stampTime(batch, isAppendTime, maxTimestamp);
  const baseOffset = log.append(batch.bytes, count, maxTimestamp);
  if (producerId >= 0) log.producers.appended(numbers, baseOffset);
  return { errorCode: codes.NONE, baseOffset, logAppendTimeMs: isAppendTime ? nowMs : NO_TIMESTAMP, logStartOffset };
}

function refusal(errorCode: number, logStartOffset = -1): Result {
  return { errorCode, baseOffset: -1, logStartOffset };
}

/** Whether the header contradicts itself, or says what clients may not say. */
function isInconsistent(batch: Batch): boolean {
  return batch.isControl || batch.count < 1 || batch.lastOffset - batch.baseOffset + 1 !== batch.count || (batch.producerId >= 0 && batch.baseSequence < 0);
}

/** Looks at every record; answers the highest timestamp, or which records are refused and why. */
function checkRecords(batch: Batch, topic: Topic, nowMs: number): number | Result {
  const config = (name: string): string => topicConfig(topic.configs, name);
  const needsKeys = config("cleanup.policy").includes("compact");
  const isCreateTime = config("message.timestamp.type") === "CreateTime";
  const earliest = nowMs - Number(config("message.timestamp.before.max.ms"));
  const latest = nowMs + Number(config("message.timestamp.after.max.ms"));
  const errors: RecordError[] = [];
  let maxTimestamp = NO_TIMESTAMP;
  const check = (index: number, timestamp: number, hasKey: boolean): void => {
    if (timestamp > maxTimestamp) maxTimestamp = timestamp;
    if (needsKeys && !hasKey) errors.push({ code: codes.INVALID_RECORD, batchIndex: index, batchIndexErrorMessage: `Compacted topic cannot accept message without key in topic partition ${batch.topic}-${batch.partition}` });
    else if (isCreateTime && timestamp !== NO_TIMESTAMP) {
      if (timestamp < earliest || timestamp > latest) errors.push({ code: codes.INVALID_TIMESTAMP, batchIndex: index, batchIndexErrorMessage: `Timestamp ${timestamp} of message with offset ${index} is out of range. The timestamp should be within [${earliest}, ${latest}]` });
    } else if (batch.timestampType === "LogAppendTime") errors.push({ code: codes.INVALID_TIMESTAMP, batchIndex: index, batchIndexErrorMessage: "Invalid timestamp type in message. Producer should not set timestamp type to LogAppendTime." });
  };
  try {
    walk(batch, check);
  } catch {
    // What cannot be decompressed is a failure of the broker to Kafka, not of the producer.
    return batch.codec === "none" ? refusal(codes.INVALID_RECORD) : refusal(codes.UNKNOWN_SERVER_ERROR, topic.partitions[batch.partition]?.logStartOffset);
  }
  return errors.length === 0 ? maxTimestamp : refusedRecords(errors);
}

function walk(batch: Batch, check: (index: number, timestamp: number, hasKey: boolean) => void): void {
  if (batch.codec !== "none") {
    let index = 0;
    for (const record of batch.records) {
      if (record.offset !== batch.baseOffset + index) throw new KafkaError("corrupt", `record ${index} of a compressed batch has offset delta ${record.offset - batch.baseOffset}`);
      check(index++, record.timestamp, record.keyBytes !== null);
    }
    return;
  }
  const bytes = batch.bytes;
  const appendTime = batch.timestampType === "LogAppendTime" ? batch.maxTimestamp : undefined;
  const baseTimestamp = at.readInt64(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), at.BASE_TIMESTAMP);
  scanRecords(bytes, at.HEADER_BYTES, bytes.length, batch.count, (index, delta, hasKey) => check(index, appendTime ?? baseTimestamp + delta, hasKey));
}

/** The whole batch is refused for some of its records (KIP-467). */
function refusedRecords(errors: readonly RecordError[]): Result {
  const recordErrors = errors.map(({ batchIndex, batchIndexErrorMessage }) => ({ batchIndex, batchIndexErrorMessage }));
  if (errors.some(({ code }) => code === codes.INVALID_TIMESTAMP)) return { errorCode: codes.INVALID_TIMESTAMP, baseOffset: -1, recordErrors, errorMessage: "One or more records have been rejected due to invalid timestamp" };
  return { errorCode: codes.INVALID_RECORD, baseOffset: -1, recordErrors, errorMessage: `One or more records have been rejected due to ${errors.length} record errors in total, and only showing the first three errors at most: [${errors.slice(0, 3).map((error) => `RecordError(batchIndex=${error.batchIndex}, message='${error.batchIndexErrorMessage}')`).join(", ")}]` };
}

/** The topic's kind of timestamp, and the highest of them, take the place of what the producer wrote; the CRC follows. */
function stampTime(batch: Batch, isAppendTime: boolean, maxTimestamp: number): void {
  if (batch.maxTimestamp === maxTimestamp && (batch.timestampType === "LogAppendTime") === isAppendTime) return;
  const { bytes } = batch;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const attributes = view.getInt16(at.ATTRIBUTES);
  view.setInt16(at.ATTRIBUTES, isAppendTime ? attributes | at.LOG_APPEND_TIME : attributes & ~at.LOG_APPEND_TIME);
  at.writeInt64(view, at.MAX_TIMESTAMP, maxTimestamp);
  view.setUint32(at.CRC, crc32c(bytes, at.ATTRIBUTES, bytes.length));
}

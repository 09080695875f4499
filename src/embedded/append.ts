import { KafkaError } from "../errors/kafka-error.ts";
import type { ProduceResponsePartitionProduceResponse } from "../protocol/messages/produce.ts";
import type { Input } from "../protocol/schema.ts";
import * as at from "../records/batch-layout.ts";
import type { RecordBatch } from "../records/record-batch.ts";
import { readBatches } from "../records/read-batches.ts";
import { crc32c } from "../wire/crc32c.ts";
import { codes } from "./codes.ts";
import type { PartitionLog } from "./state/partition-log.ts";
import type { Topic } from "./state/topics.ts";

type Result = Omit<Input<ProduceResponsePartitionProduceResponse>, "index">;

/** Java's default of `max.message.bytes`. */
const MAX_MESSAGE_BYTES = 1_048_588;

/** Checks a batch as a broker does, and appends it. */
export function appendBatch(topic: Topic, log: PartitionLog, records: Uint8Array | null, nowMs: number): Result {
  const refuse = (errorCode: number, errorMessage: string | null = null): Result => ({ errorCode, errorMessage, baseOffset: -1 });
  if (records === null || records.length === 0) return refuse(codes.INVALID_RECORD, "there are no records");
  let batch: RecordBatch;
  try {
    const batches = [...readBatches(records, { topic: topic.name, partition: log.partition })];
    const [first] = batches;
    if (first === undefined || batches.length !== 1 || first.sizeInBytes !== records.length) return refuse(codes.INVALID_RECORD, `one whole batch is expected, not ${batches.length}`);
    batch = first;
  } catch (error) {
    return refuse(KafkaError.from(error).kind === "unsupported" ? codes.UNSUPPORTED_FOR_MESSAGE_FORMAT : codes.CORRUPT_MESSAGE, KafkaError.from(error).message);
  }
  if (!batch.isValid) return refuse(codes.CORRUPT_MESSAGE, "the CRC does not fit");
  const maxBytes = Number(topic.configs.get("max.message.bytes") ?? MAX_MESSAGE_BYTES);
  if (records.length > maxBytes) return refuse(codes.MESSAGE_TOO_LARGE, `The record batch size is ${records.length} bytes which exceeds the maximum configured value of ${maxBytes}.`);
  const invalid = invalidity(batch, topic);
  if (invalid !== undefined) return refuse(codes.INVALID_RECORD, invalid);
  return append(topic, log, records, batch, nowMs);
}

/** What is wrong with a batch beside its bytes. */
function invalidity(batch: RecordBatch, topic: Topic): string | undefined {
  if (batch.isControl) return "clients may not write control records";
  if (batch.count < 1 || batch.lastOffset - batch.baseOffset !== batch.count - 1) return `${batch.count} records do not fit the last offset delta ${batch.lastOffset - batch.baseOffset}`;
  if (batch.producerId >= 0 && batch.baseSequence < 0) return `sequence ${batch.baseSequence} of producer ${batch.producerId}`;
  if ((topic.configs.get("cleanup.policy") ?? "").includes("compact")) {
    for (const record of batch.records) if (record.keyBytes === null) return "Compacted topic cannot accept message without key";
  }
  return undefined;
}

function append(topic: Topic, log: PartitionLog, records: Uint8Array, batch: RecordBatch, nowMs: number): Result {
  const { producerId, producerEpoch, baseSequence, count } = batch;
  const numbers = { producerId, producerEpoch, baseSequence, count };
  if (producerId >= 0) {
    const verdict = log.producers.check(numbers);
    if (verdict.kind === "error") return { errorCode: verdict.code, baseOffset: -1 };
    // A retry of what is there already: the answer is the one that was lost.
    if (verdict.kind === "duplicate") return { errorCode: 0, baseOffset: verdict.baseOffset, logStartOffset: log.logStartOffset };
  }
  const isAppendTime = topic.configs.get("message.timestamp.type") === "LogAppendTime";
  if (isAppendTime) stampAppendTime(records, nowMs);
  const baseOffset = log.append(records, count, isAppendTime ? nowMs : batch.maxTimestamp);
  if (producerId >= 0) log.producers.appended(numbers, baseOffset);
  return { errorCode: 0, baseOffset, logAppendTimeMs: isAppendTime ? nowMs : -1, logStartOffset: log.logStartOffset };
}

/** The broker's time takes the place of the producer's: attribute, maximum, and with them the CRC. */
function stampAppendTime(records: Uint8Array, nowMs: number): void {
  const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
  view.setInt16(at.ATTRIBUTES, view.getInt16(at.ATTRIBUTES) | at.LOG_APPEND_TIME);
  at.writeInt64(view, at.MAX_TIMESTAMP, nowMs);
  view.setUint32(at.CRC, crc32c(records, at.ATTRIBUTES, records.length));
}

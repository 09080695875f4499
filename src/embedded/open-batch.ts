import * as ErrorCode from "../errors/error-code.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import * as at from "../records/batch-layout.ts";
import type { Batch } from "../records/batch.ts";
import { batchAt } from "../records/read-batches.ts";
import { brokerReadSettings } from "./state/broker-read-settings.ts";

const ZSTD_SINCE_VERSION = 7;
/** The smallest record of any format. Kafka compares a batch's size with it before it looks at the format. */
const LEAST_RECORD_BYTES = 14;
const MAX_INT = 2_147_483_647;

/** Why a partition of a Produce request has no readable batch. */
export interface Unopened {
  readonly errorCode: number;
  readonly errorMessage?: string;
}

/** A batch that passed {@link openBatch}, or why it did not. */
export type OpenedBatch = { readonly batch: Batch } | Unopened;

/**
 * Reads the one batch that a partition of a Produce request has. An incomplete batch behind it is dropped, as in Kafka.
 */
export function openBatch(
  records: Uint8Array | null,
  apiVersion: number,
  topic: string,
  partition: number,
): OpenedBatch {
  // Kafka never answers a request without records. That would not help anyone who tests a client.
  if (records === null) return { errorCode: ErrorCode.INVALID_RECORD };
  const size = sizeAt(records, 0);
  if (typeof size !== "number") return size ?? { errorCode: ErrorCode.INVALID_RECORD };
  if (records[at.MAGIC] !== 2) return { errorCode: ErrorCode.INVALID_RECORD };
  const another = sizeAt(records, size);
  if (another !== undefined) return typeof another === "number" ? { errorCode: ErrorCode.INVALID_RECORD } : another;
  try {
    // append() checks the CRC once, so later reads of the batch need not.
    const batch = batchAt<Uint8Array | null, Uint8Array | null>(records, 0, brokerReadSettings(topic, partition));
    if (batch === undefined) return { errorCode: ErrorCode.INVALID_RECORD };
    if (apiVersion < ZSTD_SINCE_VERSION && isOf(batch, "zstd"))
      return { errorCode: ErrorCode.UNSUPPORTED_COMPRESSION_TYPE };
    return { batch };
  } catch (error) {
    return {
      errorCode: KafkaError.from(error).kind === "unsupported" ? ErrorCode.INVALID_RECORD : ErrorCode.CORRUPT_MESSAGE,
    };
  }
}

/** The size of the batch at `start`; undefined if there is none, or only a part of one. */
function sizeAt(records: Uint8Array, start: number): number | Unopened | undefined {
  if (records.length - start < at.LOG_OVERHEAD) return undefined;
  const length = new DataView(records.buffer, records.byteOffset, records.length).getInt32(start + at.BATCH_LENGTH);
  if (length < LEAST_RECORD_BYTES)
    return {
      errorCode: ErrorCode.CORRUPT_MESSAGE,
      errorMessage: `Record size ${length} is less than the minimum record overhead (${LEAST_RECORD_BYTES})`,
    };
  if (records.length - start <= at.MAGIC) return undefined;
  const magic = ((records[start + at.MAGIC] ?? 0) << 24) >> 24;
  if (magic < 0 || magic > 2)
    return { errorCode: ErrorCode.CORRUPT_MESSAGE, errorMessage: `Invalid magic found in record: ${magic}` };
  const size = length + at.LOG_OVERHEAD;
  if (size > MAX_INT) return { errorCode: ErrorCode.UNKNOWN_SERVER_ERROR }; // too large for Java's integers
  return start + size > records.length ? undefined : size;
}

function isOf(batch: Batch, codec: string): boolean {
  try {
    return batch.codec === codec;
  } catch {
    return false; // an unknown codec
  }
}

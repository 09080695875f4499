import type { CompressionType } from "../runtime/codec.ts";

// Byte positions of the fields of a record batch, magic 2. https://kafka.apache.org/documentation/#recordbatch

export const BASE_OFFSET = 0;
/** The number of bytes that follow this field. */
export const BATCH_LENGTH = 8;
/** The broker writes it, so the checksum does not cover it. */
export const PARTITION_LEADER_EPOCH = 12;
export const MAGIC = 16;
/** CRC32C of everything from the attributes on. */
export const CRC = 17;
export const ATTRIBUTES = 21;
/** The last offset minus the base offset, also after compaction. */
export const LAST_OFFSET_DELTA = 23;
/** The first record's timestamp; the delete horizon if {@link DELETE_HORIZON} is set. */
export const BASE_TIMESTAMP = 27;
export const MAX_TIMESTAMP = 35;
/** −1 for a producer that is not idempotent. */
export const PRODUCER_ID = 43;
export const PRODUCER_EPOCH = 51;
/** The sequence number of the first record, which wraps after 2^31 − 1. */
export const BASE_SEQUENCE = 53;
export const RECORD_COUNT = 57;
/** The records, compressed or not, begin here. */
export const HEADER_BYTES = 61;
/** The bytes that `batchLength` does not include: the base offset, and `batchLength` itself. */
export const LOG_OVERHEAD = 12;

/** The bits of the attributes that contain the index of {@link COMPRESSION_TYPES}. */
export const COMPRESSION_MASK = 0x07;
/** The broker's clock replaced the timestamps of all records by the batch's largest one. */
export const LOG_APPEND_TIME = 0x08;
/** The batch is part of a transaction. */
export const TRANSACTIONAL = 0x10;
/** The batch contains a marker of a transaction's end, which consumers do not deliver. */
export const CONTROL = 0x20;
/** Compaction has set a time after which tombstones are removed (KIP-534). */
export const DELETE_HORIZON = 0x40;

/** Compression types by their number in the attributes. */
export const COMPRESSION_TYPES: readonly CompressionType[] = ["none", "gzip", "snappy", "lz4", "zstd"];

const TWO_32 = 4_294_967_296;

/** An int64 as the nearest double. */
export function readInt64(view: DataView, at: number): number {
  return view.getInt32(at) * TWO_32 + view.getUint32(at + 4);
}

/** Writes an integer that a double can represent as an int64. */
export function writeInt64(view: DataView, at: number, value: number): void {
  view.setInt32(at, Math.floor(value / TWO_32));
  view.setUint32(at + 4, value >>> 0);
}

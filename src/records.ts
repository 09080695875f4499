// `odradek/records`: reads and writes Kafka's record batches, of fetch responses and of segment files.
export { readBatches } from "./records/read-batches.ts";
export type { Batch, RecordSource } from "./records/batch.ts";
export type { ReadOptions } from "./records/read-settings.ts";
export type { BatchContext } from "./records/batch-context.ts";
export { RecordBatch } from "./records/record-batch.ts";
export {
  KafkaRecord,
  type Headers,
  type PlainRecord,
  type RecordOrigin,
  type TimestampType,
} from "./records/record.ts";
export { BatchBuilder, type BatchCompression, type BatchStamp } from "./records/batch-builder.ts";
export { portableCodecs } from "./records/compression.ts";
export type { BytesView } from "./records/bytes-view.ts";
export type { Crc32c } from "./runtime/checksum.ts";
export type { Codec, Codecs, CompressionType } from "./runtime/codec.ts";

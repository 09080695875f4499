import { KafkaError } from "../errors/kafka-error.ts";
import * as at from "./batch-layout.ts";
import { portableCodecs } from "./compression.ts";
import { type ReadOptions, type ReadSettings, RecordBatch } from "./record-batch.ts";
import { corrupt } from "./record-reader.ts";

/** {@link ReadOptions.maxDecompressedBytes} where it is absent. */
export const MAX_DECOMPRESSED_BYTES = 134_217_728;

/** The options of a reader with their defaults. */
export function readSettings(options: ReadOptions): ReadSettings {
  return {
    codecs: options.codecs ?? portableCodecs(),
    maxDecompressedBytes: options.maxDecompressedBytes ?? MAX_DECOMPRESSED_BYTES,
    checkCrcs: options.checkCrcs ?? true,
    topic: options.topic ?? "",
    partition: options.partition ?? -1,
  };
}

/**
 * The batches in the bytes of a fetch response, or of a segment file. A last batch that is cut off is left out: a broker
 * sends as many bytes as were asked for, wherever they end.
 */
export function* readBatches(bytes: Uint8Array, options: ReadOptions = {}): Generator<RecordBatch, void, undefined> {
  const settings = readSettings(options);
  for (let start = 0; ; ) {
    const batch: RecordBatch | undefined = batchAt(bytes, start, settings);
    if (batch === undefined) return;
    yield batch;
    start += batch.sizeInBytes;
  }
}

/** The whole batch at `start`, or undefined where none is left. */
export function batchAt<K, V>(bytes: Uint8Array, start: number, settings: ReadSettings): RecordBatch<K, V> | undefined {
  if (start + at.MAGIC >= bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getInt32(start + at.BATCH_LENGTH);
  const baseOffset = at.readInt64(view, start);
  const magic = view.getInt8(start + at.MAGIC);
  if (magic !== 2) {
    throw new KafkaError(magic === 0 || magic === 1 ? "unsupported" : "corrupt", `${settings.topic}-${settings.partition} offset ${baseOffset} holds a message set of magic ${magic}; this version reads record batches (magic 2)`, { topic: settings.topic, partition: settings.partition, offset: baseOffset });
  }
  if (length < at.HEADER_BYTES - at.LOG_OVERHEAD) throw corrupt(settings, baseOffset, `it says that it has ${length} bytes`);
  const end = start + at.LOG_OVERHEAD + length;
  return end > bytes.length ? undefined : new RecordBatch<K, V>(bytes, start, end, settings);
}

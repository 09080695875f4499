import * as at from "./batch-layout.ts";
import type { Batch } from "./batch.ts";
import * as message from "./message-layout.ts";
import { MessageSet } from "./message-set.ts";
import { type ReadOptions, type ReadSettings, readSettings } from "./read-settings.ts";
import { RecordBatch } from "./record-batch.ts";
import { corrupt } from "./record-reader.ts";

/**
 * Reads the batches of a fetch response, or of a segment file from disk, in all three formats. An incomplete last batch
 * is left out: a broker cuts its response at the requested size. Records are decoded, and batches decompressed, on
 * access. Throws kind `corrupt` with topic, partition and offset.
 */
export function* readBatches(bytes: Uint8Array, options: ReadOptions = {}): Generator<Batch, void, undefined> {
  const settings = readSettings(options);
  for (let start = 0; ;) {
    const batch: Batch | undefined = batchAt(bytes, start, settings);
    if (batch === undefined) return;
    yield batch;
    start += batch.sizeInBytes;
  }
}

/** The complete batch at `start`, or undefined if none is left. Throws kind `corrupt` if no batch can begin there. */
export function batchAt<K, V>(bytes: Uint8Array, start: number, settings: ReadSettings): Batch<K, V> | undefined {
  if (start + at.MAGIC >= bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getInt32(start + at.BATCH_LENGTH);
  const baseOffset = at.readInt64(view, start);
  const magic = view.getInt8(start + at.MAGIC);
  if (magic < 0 || magic > 2)
    throw corrupt(settings, baseOffset, `its magic is ${magic}, and the valid ones are 0, 1 and 2`);
  if (!Number.isSafeInteger(baseOffset)) throw corrupt(settings, baseOffset, "its offset is beyond 2^53");
  if (length < (magic === 2 ? at.HEADER_BYTES - at.LOG_OVERHEAD : message.leastSize(magic)))
    throw corrupt(settings, baseOffset, `it says that it has ${length} bytes`);
  const end = start + at.LOG_OVERHEAD + length;
  if (end > bytes.length) return undefined;
  return magic === 2
    ? new RecordBatch<K, V>(bytes, start, end, settings)
    : new MessageSet<K, V>(bytes, start, end, settings);
}

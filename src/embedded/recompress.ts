import * as at from "../records/batch-layout.ts";
import { portableCodecs } from "../records/compression.ts";
import type { CompressionType } from "../runtime/codec.ts";
import { crc32c } from "../wire/crc32c.ts";

/**
 * The batch, compressed as the topic's `compression.type` demands. Returned unchanged if its producer used the same.
 */
export function recompressed(
  batch: Uint8Array,
  codec: CompressionType,
  payload: Uint8Array,
  compressionType: string,
): Uint8Array {
  const target = at.COMPRESSION_TYPES.find((type) => type === compressionType) ?? "none";
  if (target === codec) return batch;
  const records = target === "none" ? payload : portableCodecs()[target].compress(payload);
  const bytes = new Uint8Array(at.HEADER_BYTES + records.length);
  bytes.set(batch.subarray(0, at.HEADER_BYTES));
  bytes.set(records, at.HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setInt32(at.BATCH_LENGTH, bytes.length - at.LOG_OVERHEAD);
  view.setInt16(
    at.ATTRIBUTES,
    (view.getInt16(at.ATTRIBUTES) & ~at.COMPRESSION_MASK) | at.COMPRESSION_TYPES.indexOf(target),
  );
  view.setUint32(at.CRC, crc32c(bytes, at.ATTRIBUTES, bytes.length));
  return bytes;
}

import * as at from "../records/batch-layout.ts";
import { crc32c } from "../wire/crc32c.ts";
import type { Marker } from "./state/producer-state.ts";

/** The marker that ends a transaction in a partition. */
export interface EndMarker extends Marker {
  readonly isCommit: boolean;
}

/**
 * The size of one record: length, attributes, two deltas, a key of 4 bytes and a value of 6 with their lengths, no
 * headers.
 */
const RECORD_BYTES = 17;
const BODY_BYTES = RECORD_BYTES - 1;
const KEY_AT: number = at.HEADER_BYTES + 5;
const VALUE_AT: number = KEY_AT + 5;
const ABORT = 0;
const COMMIT = 1;

/**
 * Makes a control batch as a leader writes it. The key is the version and the type of the marker; the value is its
 * version and the coordinator's epoch.
 */
export function endMarkerBatch({
  producerId,
  producerEpoch,
  coordinatorEpoch,
  timestamp,
  isCommit,
}: EndMarker): Uint8Array {
  const bytes = new Uint8Array(at.HEADER_BYTES + RECORD_BYTES);
  const view = new DataView(bytes.buffer);
  view.setInt32(at.BATCH_LENGTH, bytes.length - at.LOG_OVERHEAD);
  view.setInt8(at.MAGIC, 2);
  view.setInt16(at.ATTRIBUTES, at.TRANSACTIONAL | at.CONTROL);
  at.writeInt64(view, at.BASE_TIMESTAMP, timestamp);
  at.writeInt64(view, at.MAX_TIMESTAMP, timestamp);
  at.writeInt64(view, at.PRODUCER_ID, producerId);
  view.setInt16(at.PRODUCER_EPOCH, producerEpoch);
  view.setInt32(at.BASE_SEQUENCE, -1);
  view.setInt32(at.RECORD_COUNT, 1);
  // Lengths are zig-zag integers: twice the value.
  view.setUint8(at.HEADER_BYTES, BODY_BYTES * 2);
  view.setUint8(KEY_AT - 1, 4 * 2);
  view.setInt16(KEY_AT + 2, isCommit ? COMMIT : ABORT);
  view.setUint8(VALUE_AT - 1, 6 * 2);
  view.setInt32(VALUE_AT + 2, coordinatorEpoch);
  view.setUint32(at.CRC, crc32c(bytes, at.ATTRIBUTES, bytes.length));
  return bytes;
}

/** Reads a control batch of {@link endMarkerBatch}; undefined for any other batch. */
export function markerOf(bytes: Uint8Array): EndMarker | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < VALUE_AT + 6) return undefined;
  return {
    producerId: at.readInt64(view, at.PRODUCER_ID),
    producerEpoch: view.getInt16(at.PRODUCER_EPOCH),
    coordinatorEpoch: view.getInt32(VALUE_AT + 2),
    timestamp: at.readInt64(view, at.MAX_TIMESTAMP),
    isCommit: view.getInt16(KEY_AT + 2) === COMMIT,
  };
}

import * as at from "../../records/batch-layout.ts";
import { markerOf } from "../end-marker.ts";
import { ProducerState } from "./producer-state.ts";
import { TransactionIndex } from "./transaction-index.ts";

interface Stored {
  readonly bytes: Uint8Array;
  readonly baseOffset: number;
}

/**
 * The producers and transactions of a log. All of it is derived from the batches: after truncating a log, call
 * {@link rebuild}.
 */
export class LogProducers {
  readonly states: ProducerState = new ProducerState();
  readonly transactions: TransactionIndex = new TransactionIndex();

  /** A batch was appended to the log. */
  appended(bytes: Uint8Array, baseOffset: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const producerId = at.readInt64(view, at.PRODUCER_ID);
    if (producerId < 0) return;
    const attributes = view.getInt16(at.ATTRIBUTES);
    const isTransactional = (attributes & at.TRANSACTIONAL) !== 0;
    const producerEpoch = view.getInt16(at.PRODUCER_EPOCH);
    if ((attributes & at.CONTROL) !== 0) {
      const marker = markerOf(bytes);
      if (marker === undefined) return;
      this.states.ended(marker);
      this.transactions.ended(producerId, baseOffset, marker.isCommit);
      return;
    }
    const batch = {
      producerId,
      producerEpoch,
      baseSequence: view.getInt32(at.BASE_SEQUENCE),
      count: view.getInt32(at.LAST_OFFSET_DELTA) + 1,
      maxTimestamp: at.readInt64(view, at.MAX_TIMESTAMP),
      isTransactional,
    };
    if (this.states.appended(batch, baseOffset)) this.transactions.began(producerId, baseOffset);
  }

  /** Starts again from the batches that the log still has. */
  rebuild(batches: Iterable<Stored>): void {
    this.states.clear();
    this.transactions.clear();
    for (const { bytes, baseOffset } of batches) this.appended(bytes, baseOffset);
  }
}

import { codes } from "../codes.ts";

/** What a producer's batch says of itself. */
export interface BatchNumbers {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly count: number;
  readonly maxTimestamp: number;
}

/** Whether a batch may be appended: yes, it was before (and where), or an error code. */
export type SequenceVerdict = { readonly kind: "append" } | { readonly kind: "duplicate"; readonly baseOffset: number; readonly timestamp: number } | { readonly kind: "error"; readonly code: number };

interface Entry {
  epoch: number;
  /** The last five batches: what a retry may be of. */
  recent: { readonly baseSequence: number; readonly lastSequence: number; readonly baseOffset: number; readonly timestamp: number }[];
}

const REMEMBERED = 5;
const SEQUENCES = 2_147_483_648;

/** What one partition remembers of idempotent producers: epoch, the sequence that is next, and the last five batches. */
export class ProducerState {
  readonly #entries = new Map<number, Entry>();

  /** Kafka's rules: contiguous within an epoch, a new epoch begins with 0, an unknown producer may begin anywhere. */
  check(batch: BatchNumbers): SequenceVerdict {
    const entry = this.#entries.get(batch.producerId);
    if (entry === undefined) return { kind: "append" };
    if (batch.producerEpoch < entry.epoch) return { kind: "error", code: codes.INVALID_PRODUCER_EPOCH };
    if (batch.producerEpoch > entry.epoch) return batch.baseSequence === 0 ? { kind: "append" } : { kind: "error", code: codes.OUT_OF_ORDER_SEQUENCE_NUMBER };
    const lastSequence = (batch.baseSequence + batch.count - 1) % SEQUENCES;
    const same = entry.recent.find((known) => known.baseSequence === batch.baseSequence && known.lastSequence === lastSequence);
    if (same !== undefined) return { kind: "duplicate", baseOffset: same.baseOffset, timestamp: same.timestamp };
    const last = entry.recent.at(-1);
    const expected = last === undefined ? 0 : (last.lastSequence + 1) % SEQUENCES;
    return batch.baseSequence === expected ? { kind: "append" } : { kind: "error", code: codes.OUT_OF_ORDER_SEQUENCE_NUMBER };
  }

  appended(batch: BatchNumbers, baseOffset: number): void {
    let entry = this.#entries.get(batch.producerId);
    if (entry === undefined || entry.epoch !== batch.producerEpoch) {
      entry = { epoch: batch.producerEpoch, recent: [] };
      this.#entries.set(batch.producerId, entry);
    }
    entry.recent.push({ baseSequence: batch.baseSequence, lastSequence: (batch.baseSequence + batch.count - 1) % SEQUENCES, baseOffset, timestamp: batch.maxTimestamp });
    if (entry.recent.length > REMEMBERED) entry.recent.shift();
  }
}

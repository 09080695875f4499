import * as ErrorCode from "../../errors/error-code.ts";

/** The producer fields of a batch. */
export interface BatchNumbers {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly count: number;
  readonly maxTimestamp: number;
  readonly isTransactional: boolean;
  /**
   * Whether a producer that the partition does not know must begin with sequence 0, as in transactions of version 2
   * (KIP-890).
   */
  readonly beginsWithZero?: boolean;
}

/**
 * Whether a batch may be appended, is a duplicate of an appended one (and where that is), or is refused with an error
 * code.
 */
export type SequenceVerdict =
  | { readonly kind: "append" }
  | { readonly kind: "duplicate"; readonly baseOffset: number; readonly timestamp: number }
  | { readonly kind: "error"; readonly code: number };

/** The fields of an end-of-transaction marker. */
export interface Marker {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly coordinatorEpoch: number;
  readonly timestamp: number;
}

/** A producer as DescribeProducers returns it. −1 where there is no value. */
export interface ActiveProducer {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly lastSequence: number;
  readonly lastTimestamp: number;
  readonly coordinatorEpoch: number;
  readonly currentTxnStartOffset: number;
}

interface Entry {
  epoch: number;
  coordinatorEpoch: number;
  lastTimestamp: number;
  /** The first offset of its open transaction; −1 without one. */
  transactionStart: number;
  /** The last five batches of this epoch, to recognise retries. */
  recent: {
    readonly baseSequence: number;
    readonly lastSequence: number;
    readonly baseOffset: number;
    readonly timestamp: number;
  }[];
}

const REMEMBERED = 5;
const SEQUENCES = 2_147_483_648;
const NOTHING = -1;

/**
 * The state of idempotent producers in one partition: epoch, next sequence, the last five batches, and the open
 * transaction.
 */
export class ProducerState {
  readonly #entries = new Map<number, Entry>();

  /**
   * Applies Kafka's rules: sequences are contiguous within an epoch, a new epoch begins with 0, and an unknown producer
   * may begin anywhere.
   */
  check(batch: BatchNumbers): SequenceVerdict {
    const entry = this.#entries.get(batch.producerId);
    const lastSequence = lastSequenceOf(batch);
    const same =
      entry?.epoch === batch.producerEpoch
        ? entry.recent.find((known) => known.baseSequence === batch.baseSequence && known.lastSequence === lastSequence)
        : undefined;
    if (same !== undefined) return { kind: "duplicate", baseOffset: same.baseOffset, timestamp: same.timestamp };
    if (entry !== undefined && batch.producerEpoch < entry.epoch)
      return { kind: "error", code: ErrorCode.INVALID_PRODUCER_EPOCH };
    if (!this.#isInSequence(entry, batch)) return { kind: "error", code: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER };
    if (entry !== undefined && entry.transactionStart !== NOTHING && !batch.isTransactional)
      return { kind: "error", code: ErrorCode.INVALID_TXN_STATE };
    return { kind: "append" };
  }

  /** Whether the partition knows a later epoch of the producer. */
  isStale(producerId: number, producerEpoch: number): boolean {
    return producerEpoch < (this.#entries.get(producerId)?.epoch ?? NOTHING);
  }

  /** Whether the producer has an open transaction here, in this epoch. */
  hasOngoing(producerId: number, producerEpoch: number): boolean {
    const entry = this.#entries.get(producerId);
    return entry !== undefined && entry.epoch === producerEpoch && entry.transactionStart !== NOTHING;
  }

  /** A batch was appended. Returns whether it began a transaction. */
  appended(batch: BatchNumbers, baseOffset: number): boolean {
    const entry = this.#entry(batch.producerId, batch.producerEpoch);
    entry.recent.push({
      baseSequence: batch.baseSequence,
      lastSequence: lastSequenceOf(batch),
      baseOffset,
      timestamp: batch.maxTimestamp,
    });
    if (entry.recent.length > REMEMBERED) entry.recent.shift();
    entry.lastTimestamp = batch.maxTimestamp;
    if (!batch.isTransactional || entry.transactionStart !== NOTHING) return false;
    entry.transactionStart = baseOffset;
    return true;
  }

  /**
   * Whether a marker may be written. With version 2, it must have a later epoch than the transaction, or be a retry of
   * the last marker (KIP-890).
   */
  checkMarker(marker: Marker, transactionVersion: number): number {
    const entry = this.#entries.get(marker.producerId);
    if (entry === undefined) return ErrorCode.NONE;
    const isRetry = marker.producerEpoch === entry.epoch && entry.transactionStart === NOTHING;
    if (
      marker.producerEpoch < entry.epoch ||
      (transactionVersion >= 2 && marker.producerEpoch === entry.epoch && !isRetry)
    )
      return ErrorCode.INVALID_PRODUCER_EPOCH;
    return marker.coordinatorEpoch < entry.coordinatorEpoch ? ErrorCode.TRANSACTION_COORDINATOR_FENCED : ErrorCode.NONE;
  }

  /** A transaction was ended. Returns its first offset here, or −1 if it had written nothing. */
  ended(marker: Marker): number {
    const entry = this.#entry(marker.producerId, marker.producerEpoch);
    const start = entry.transactionStart;
    entry.transactionStart = NOTHING;
    entry.coordinatorEpoch = marker.coordinatorEpoch;
    entry.lastTimestamp = marker.timestamp;
    return start;
  }

  /** All producers that the partition knows. */
  get active(): readonly ActiveProducer[] {
    return [...this.#entries].map(
      ([producerId, { epoch, coordinatorEpoch, lastTimestamp, transactionStart, recent }]) => ({
        producerId,
        producerEpoch: epoch,
        lastSequence: recent.at(-1)?.lastSequence ?? NOTHING,
        lastTimestamp,
        coordinatorEpoch,
        currentTxnStartOffset: transactionStart,
      }),
    );
  }

  clear(): void {
    this.#entries.clear();
  }

  /**
   * Forgets producers that wrote nothing after a time, as after `producer.id.expiration.ms`; without a time, all of
   * them. As in Kafka, one with an open transaction is remembered.
   */
  expire(lastWriteMs: number = Number.POSITIVE_INFINITY): void {
    for (const [producerId, { transactionStart, lastTimestamp }] of this.#entries)
      if (transactionStart === NOTHING && lastTimestamp <= lastWriteMs) this.#entries.delete(producerId);
  }

  #isInSequence(
    entry: Entry | undefined,
    { producerEpoch, baseSequence, beginsWithZero = false }: BatchNumbers,
  ): boolean {
    if (beginsWithZero && (entry?.recent.length ?? 0) === 0 && baseSequence !== 0) return false;
    if (entry === undefined) return true;
    if (producerEpoch !== entry.epoch) return baseSequence === 0;
    const last = entry.recent.at(-1);
    return baseSequence === (last === undefined ? 0 : (last.lastSequence + 1) % SEQUENCES);
  }

  /** A new epoch forgets the batches of the one before it. */
  #entry(producerId: number, epoch: number): Entry {
    let entry = this.#entries.get(producerId);
    if (entry === undefined) {
      entry = { epoch, coordinatorEpoch: NOTHING, lastTimestamp: NOTHING, transactionStart: NOTHING, recent: [] };
      this.#entries.set(producerId, entry);
    } else if (entry.epoch !== epoch) {
      entry.epoch = epoch;
      entry.recent = [];
    }
    return entry;
  }
}

function lastSequenceOf({ baseSequence, count }: BatchNumbers): number {
  return (baseSequence + count - 1) % SEQUENCES;
}

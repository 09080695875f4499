import { KafkaError } from "../../errors/kafka-error.ts";
import * as at from "../../records/batch-layout.ts";
import type { Batch } from "../../records/batch.ts";
import { batchAt } from "../../records/read-batches.ts";
import type { ReadSettings } from "../../records/read-settings.ts";

/** The known facts about a partition when a response arrives. */
export interface Expectation {
  /** The offset in the request. */
  readonly fetchOffset: number;
  /**
   * Whether a batch begins there, because the previous one ended there. After a seek the offset may be inside a batch.
   */
  readonly isBoundary: boolean;
  /** The log has gaps: the topic is compacted. */
  readonly isSparse: boolean;
  /** The epoch of the last batch that was read; −1 if it is not known. */
  readonly lastEpoch: number;
  /** The epoch of the leader that responded: no batch has a later one. −1 if it is not known. */
  readonly leaderEpoch: number;
  /** −1 if the response does not say. */
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  /** Whether the batch at this offset was doubted before, so that this is the second response for it. */
  isSecond(offset: number): boolean;
}

/** A batch whose header is wrong, or may be. */
export interface Doubt {
  /** The offset at which the batch should begin. */
  readonly offset: number;
  /** Its place in the response, in bytes. */
  readonly start: number;
  readonly end: number;
  readonly why: KafkaError;
  /** Only part of the first batch came. A broker sends it whole to a request for nothing else (KIP-74). */
  readonly isCutOff: boolean;
}

/** The result of the check of a response's headers. */
export interface Checked {
  /** The batches up to this byte are right. */
  readonly end: number;
  /** The offset after them, and the epoch of the last one; −1 for none. */
  readonly next: number;
  readonly epoch: number;
  /** A gap was seen that is in the log. */
  readonly isSparse: boolean;
  readonly doubt: Doubt | undefined;
}

/** The previous batch. */
interface Previous {
  readonly start: number;
  /** The offset at which it should begin. */
  readonly expected: number;
  readonly last: number;
  /** Whether no batch before it confirms its offset, so that the next batch must. */
  readonly isUnsure: boolean;
  /** The expected offset before it was read. */
  readonly next: number;
  readonly epoch: number;
}

/** Batches that end before the requested offset. */
interface Early {
  readonly start: number;
  readonly why: KafkaError;
}

/**
 * Checks the offsets and epochs of the batches of a response. Base offset, length, leader epoch and magic are not
 * covered by the checksum, so one bit that flips on the network would move records to other offsets.
 *
 * Each batch of a log begins where the previous one ends, unless compaction removed something. So a batch must come
 * after the previous one. A batch with a gap before it must be below the high watermark, and the batch after it must
 * not overlap it. A batch that breaks these rules is doubted and fetched once more. The second time a gap is accepted,
 * and an impossible header stays doubted. Pure: it calls `note` with each batch, in order.
 */
export function checkResponse(
  bytes: Uint8Array,
  settings: ReadSettings,
  expectation: Expectation,
  note: (baseOffset: number, epoch: number) => void,
): Checked {
  return new ResponseCheck(bytes, settings, expectation, note).run();
}

class ResponseCheck {
  readonly #bytes: Uint8Array;
  readonly #settings: ReadSettings;
  readonly #expectation: Expectation;
  readonly #note: (baseOffset: number, epoch: number) => void;
  #at = 0;
  #next: number;
  #epoch = -1;
  #isSparse: boolean;
  #previous: Previous | undefined;
  #early: Early | undefined;

  constructor(
    bytes: Uint8Array,
    settings: ReadSettings,
    expectation: Expectation,
    note: (baseOffset: number, epoch: number) => void,
  ) {
    this.#bytes = bytes;
    this.#settings = settings;
    this.#expectation = expectation;
    this.#note = note;
    this.#next = expectation.fetchOffset;
    this.#isSparse = expectation.isSparse;
  }

  run(): Checked {
    for (;;) {
      let batch: Batch | undefined;
      try {
        batch = batchAt(this.#bytes, this.#at, this.#settings);
      } catch (error) {
        return this.#doubted(KafkaError.from(error), this.#endByLength());
      }
      if (batch === undefined) return this.#ended();
      const doubt = this.#look(batch);
      if (doubt !== undefined) return doubt;
    }
  }

  #look(batch: Batch): Checked | undefined {
    const { fetchOffset, highWatermark, isBoundary, leaderEpoch, lastEpoch } = this.#expectation;
    const end = this.#at + batch.sizeInBytes;
    const last = batch.lastOffset;
    const base = baseOf(batch, this.#next);
    const previous = this.#previous;
    if (base < 0 || last < base) return this.#doubted(this.#error(`it goes from offset ${base} to ${last}`), end);
    // A broker reads the high watermark before it reads the log, which may grow in between (Kafka:
    // Partition.readRecords). So a batch above it is right if it follows the previous one.
    if (highWatermark >= 0 && last >= highWatermark && base > this.#next)
      return this.#doubted(this.#error(`it ends at offset ${last}, and the log at ${highWatermark}`), end);
    if (previous !== undefined && base <= previous.last) {
      const why = this.#error(`a batch begins at offset ${base}, and the one before it ends at ${previous.last}`);
      return this.#overlap(previous, why, end);
    }
    if (last < fetchOffset) {
      // Brokers begin with the batch that contains the requested offset. A broker that sends earlier ones is believed
      // the second time, if the requested offset follows.
      this.#early ??= {
        start: this.#at,
        why: this.#error(`it ends at offset ${last}, before ${fetchOffset}, which was asked for`),
      };
      if (!this.#expectation.isSecond(this.#next)) return this.#doubted(this.#early.why, end);
      this.#at = end;
      return undefined;
    }
    if (this.#early !== undefined && base > fetchOffset) return this.#tooEarly(this.#early);
    this.#early = undefined;
    const epoch = batch.partitionLeaderEpoch;
    const before = Math.max(this.#epoch, lastEpoch);
    const isLate = leaderEpoch >= 0 && epoch > leaderEpoch;
    if ((isLate || epoch < -1 || (epoch >= 0 && epoch < before)) && !this.#expectation.isSecond(this.#next))
      return this.#doubted(
        this.#error(`its leader epoch is ${epoch}; the one before it has ${before}, and the leader ${leaderEpoch}`),
        end,
      );
    if (
      previous?.isUnsure === true &&
      previous.last + 1 !== base &&
      previous.expected === fetchOffset &&
      !isBoundary &&
      !this.#isSparse
    ) {
      const doubt = this.#unsure(previous);
      if (doubt !== undefined) return doubt;
    }
    const isUnsure = base !== this.#next;
    if (isUnsure && base < this.#next && isBoundary && !this.#expectation.isSecond(this.#next))
      return this.#doubted(this.#error(`it begins at offset ${base}, and what was read ended at ${this.#next}`), end);
    this.#previous = { start: this.#at, expected: this.#next, last, isUnsure, next: this.#next, epoch: this.#epoch };
    // An impossible epoch says nothing about the records: only the epoch is dropped.
    this.#epoch = isLate || epoch < -1 ? -1 : epoch;
    this.#note(base, this.#epoch);
    this.#next = last + 1;
    this.#at = end;
    return undefined;
  }

  /** No complete batch is left. */
  #ended(): Checked {
    const previous = this.#previous;
    const bytes = this.#bytes;
    if (this.#early !== undefined) return this.#tooEarly(this.#early);
    if (this.#at === 0 && bytes.length > 0)
      return this.#doubted(this.#error("only a part of it came"), bytes.length, true);
    if (previous?.isUnsure === true && !this.#isSparse) {
      // An incomplete batch has its offset if eight bytes are there.
      const following =
        bytes.length - this.#at >= at.BATCH_LENGTH
          ? at.readInt64(new DataView(bytes.buffer, bytes.byteOffset + this.#at, at.BATCH_LENGTH), 0)
          : -1;
      const { highWatermark, lastStableOffset, isBoundary } = this.#expectation;
      const isFirst = previous.start === 0 && !isBoundary;
      const isEnd = isFirst && (highWatermark < 0 || this.#next === highWatermark || this.#next === lastStableOffset);
      if (following < 0 ? !isEnd : isFirst ? following !== this.#next : following < this.#next) {
        const doubt = this.#unsure(previous);
        if (doubt !== undefined) return doubt;
      }
    }
    return { end: this.#at, next: this.#next, epoch: this.#epoch, isSparse: this.#isSparse, doubt: undefined };
  }

  /** The end of the batch according to its length, if that is plausible; the next batch will confirm it. */
  #endByLength(): number {
    const bytes = this.#bytes;
    const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getInt32(this.#at + at.BATCH_LENGTH);
    const end = this.#at + at.LOG_OVERHEAD + length;
    return length >= 0 && end <= bytes.length ? end : bytes.length;
  }

  #tooEarly({ start, why }: Early): Checked {
    const end = this.#at;
    this.#at = start;
    return this.#doubted(why, end);
  }

  /** Only the batch itself indicates this gap. If the gap comes again in the second response, it is in the log. */
  #unsure(previous: Previous): Checked | undefined {
    if (this.#expectation.isSecond(previous.expected)) {
      this.#isSparse = true;
      return undefined;
    }
    const why = this.#error(
      `it ends at offset ${previous.last}, and neither what was read before it nor what follows it agrees`,
      previous.expected,
    );
    const end = this.#at;
    this.#back(previous);
    return this.#doubted(why, end);
  }

  /** One of two batches is wrong: the first, if it does not follow the previous one. Both are fetched once more. */
  #overlap(previous: Previous, why: KafkaError, end: number): Checked {
    const isSecond = this.#expectation.isSecond(previous.expected) || this.#expectation.isSecond(this.#next);
    if (isSecond && !previous.isUnsure) return this.#doubted(why, end);
    const endOfPrevious = this.#at;
    this.#back(previous);
    return this.#doubted(why, endOfPrevious);
  }

  #back(previous: Previous): void {
    this.#at = previous.start;
    this.#next = previous.next;
    this.#epoch = previous.epoch;
  }

  #doubted(why: KafkaError, end = this.#bytes.length, isCutOff = false): Checked {
    return {
      end: this.#at,
      next: this.#next,
      epoch: this.#epoch,
      isSparse: this.#isSparse,
      doubt: { offset: this.#next, start: this.#at, end, why, isCutOff },
    };
  }

  #error(why: string, offset = this.#next): KafkaError {
    const { topic, partition } = this.#settings;
    return new KafkaError("corrupt", `the batch at ${topic}-${partition} offset ${offset} is corrupt: ${why}`, {
      topic,
      partition,
      offset,
    });
  }
}

/**
 * A wrapper batch of the old formats has the offset of its last message, and must be decompressed to find the first. If
 * that fails, the expected offset is used.
 */
function baseOf(batch: Batch, expected: number): number {
  if (batch.magic === 2) return batch.baseOffset;
  try {
    return batch.baseOffset;
  } catch {
    return Math.min(expected, batch.lastOffset);
  }
}

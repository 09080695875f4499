import { KafkaError } from "../../errors/kafka-error.ts";
import * as at from "../../records/batch-layout.ts";
import type { Batch } from "../../records/batch.ts";
import { batchAt } from "../../records/read-batches.ts";
import type { ReadSettings } from "../../records/read-settings.ts";

/** What is known of a partition when a response comes. */
export interface Expectation {
  /** What was asked for. */
  readonly fetchOffset: number;
  /**
   * Whether a batch begins there, since the one before it ended there. After a seek it may lie in the middle of one.
   */
  readonly isBoundary: boolean;
  /** The log is known to have gaps: it is compacted. */
  readonly isSparse: boolean;
  /** The epoch of the last batch that was read; −1 where it is not known. */
  readonly lastEpoch: number;
  /** The epoch of the leader that answered: no batch has a later one. −1 where it is not known. */
  readonly leaderEpoch: number;
  /** Both −1 where the response does not say. */
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  /** Whether the batch at this offset was in doubt already, and this is what came when it was fetched once more. */
  isSecond(offset: number): boolean;
}

/** A batch whose header cannot be right, or need not be. */
export interface Doubt {
  /** Where the batch should begin. */
  readonly offset: number;
  /** Where it lies in the response. */
  readonly start: number;
  readonly end: number;
  readonly why: KafkaError;
  /** Only part of the first batch came: brokers send it whole to who asks for nothing else (KIP-74). */
  readonly isCutOff: boolean;
}

/** What the headers of a response say. */
export interface Checked {
  /** Up to here the batches are as they should be. */
  readonly end: number;
  /** The offset behind them, and the epoch of the last of them; −1 for none. */
  readonly next: number;
  readonly epoch: number;
  /** A gap was seen that is in the log. */
  readonly isSparse: boolean;
  readonly doubt: Doubt | undefined;
}

/** The last batch that was looked at. */
interface Previous {
  readonly start: number;
  /** Where it should begin. */
  readonly expected: number;
  readonly last: number;
  /** Nothing before it says that its offset is right: what follows must. */
  readonly isUnsure: boolean;
  /** What it looked like before it. */
  readonly next: number;
  readonly epoch: number;
}

/** Batches that end before what was asked for. */
interface Early {
  readonly start: number;
  readonly why: KafkaError;
}

/**
 * Looks at the offsets and epochs of the batches of a response. Base offset, length, leader epoch and magic lie outside
 * of the checksum, so one bit that was flipped on the way would move records to other offsets. Each batch of a log
 * begins where the one before it ends, unless compaction took something out. So a batch must lie behind the one before
 * it; one with a gap before it must lie below the high watermark, and have another behind it that it does not overlap.
 * What does not fit is in doubt, and is to be fetched once more. The second time a gap is one; what cannot be stays in
 * doubt. Pure: it calls `note` with each batch, in order.
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
    // A broker notes the high watermark before it reads the log, which may grow in between (Partition.readRecords of
    // Kafka): a batch above it is sound if it follows the one before it.
    if (highWatermark >= 0 && last >= highWatermark && base > this.#next)
      return this.#doubted(this.#error(`it ends at offset ${last}, and the log at ${highWatermark}`), end);
    if (previous !== undefined && base <= previous.last) {
      const why = this.#error(`a batch begins at offset ${base}, and the one before it ends at ${previous.last}`);
      return this.#overlap(previous, why, end);
    }
    if (last < fetchOffset) {
      // Brokers begin with the batch that holds what was asked for. One that sends more is believed the second time, if
      // what was asked for follows.
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
    // An epoch that cannot be says nothing about the records: only it is dropped.
    this.#epoch = isLate || epoch < -1 ? -1 : epoch;
    this.#note(base, this.#epoch);
    this.#next = last + 1;
    this.#at = end;
    return undefined;
  }

  /** No whole batch is left. */
  #ended(): Checked {
    const previous = this.#previous;
    const bytes = this.#bytes;
    if (this.#early !== undefined) return this.#tooEarly(this.#early);
    if (this.#at === 0 && bytes.length > 0)
      return this.#doubted(this.#error("only a part of it came"), bytes.length, true);
    if (previous?.isUnsure === true && !this.#isSparse) {
      // Of a batch that was cut off the offset is there, if eight bytes are.
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

  /** Where the batch ends by its length, as far as that can be: what follows will show. */
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

  /** A gap that only the batch itself speaks of: in the log, if it comes again. */
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

  /** Either of two batches is wrong: the first, if it does not follow the one before it. Both are fetched once more. */
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
 * A wrapper of the old formats has the offset of its last message, and must be opened for the first: where that fails,
 * what is expected.
 */
function baseOf(batch: Batch, expected: number): number {
  if (batch.magic === 2) return batch.baseOffset;
  try {
    return batch.baseOffset;
  } catch {
    return Math.min(expected, batch.lastOffset);
  }
}

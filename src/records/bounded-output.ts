import { KafkaError } from "../errors/kafka-error.ts";

const LEAST_BYTES = 1024;
const MIB = 1_048_576;
/** The most that is allocated at first, however large the input. More is allocated when needed. */
const MOST_AT_FIRST = 4_194_304;

/** The output of a decompressor: grows up to a limit, and throws kind `config` before it exceeds that. */
export class BoundedOutput {
  /** Replaced when the output grows: read it again after {@link reserve} and {@link extend}. */
  bytes: Uint8Array;
  length = 0;
  readonly #maxBytes: number;
  readonly #compressedBytes: number;

  constructor(compressedBytes: number, maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#compressedBytes = compressedBytes;
    this.bytes = new Uint8Array(Math.min(maxBytes, MOST_AT_FIRST, Math.max(LEAST_BYTES, compressedBytes * 4)));
  }

  /** Makes room for exactly `more` more bytes. */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    if (needed > this.#maxBytes) throw this.tooLarge();
    this.#grow(needed);
  }

  /** The position at which a block of at most `most` bytes must end. No memory is allocated for it yet. */
  ceiling(most: number): number {
    return Math.min(this.length + most, this.#maxBytes);
  }

  /** The position up to which there is memory for a block that must end at `ceiling`. */
  end(ceiling: number): number {
    return Math.min(ceiling, this.bytes.length);
  }

  /**
   * Keeps what was written up to `op` and makes room for `more` bytes after it; returns the new {@link end}. If they
   * exceed `ceiling`, it throws the error of the limit if that is the cause, else kind `corrupt` with `why`.
   */
  extend(op: number, more: number, ceiling: number, why: string): number {
    this.length = op;
    if (op + more > ceiling) throw ceiling >= this.#maxBytes ? this.tooLarge() : new KafkaError("corrupt", why);
    this.reserve(more);
    return this.end(ceiling);
  }

  tooLarge(): KafkaError {
    return new KafkaError(
      "config",
      `${this.#compressedBytes} compressed bytes decompress to more than ${this.#maxBytes} bytes`,
    );
  }

  /** All output, in memory that is not much larger than it: records will keep that memory alive. */
  finish(): Uint8Array {
    return this.bytes.length > this.length + (this.length >> 2) + LEAST_BYTES
      ? this.bytes.slice(0, this.length)
      : this.bytes.subarray(0, this.length);
  }

  #grow(needed: number): void {
    // A large output grows in few steps: each outgrown buffer stays in memory until it is collected, and a
    // decompression bomb would cost all of them.
    const steep = this.bytes.length * (this.bytes.length < MIB ? 2 : 8);
    const bigger = new Uint8Array(
      Math.min(this.#maxBytes, Math.max(needed, steep * 2 > this.#maxBytes ? this.#maxBytes : steep)),
    );
    bigger.set(this.bytes.subarray(0, this.length));
    this.bytes = bigger;
  }
}

/** Up to this length a loop over bytes is faster than `set` and `copyWithin`, which have to set up a copy. */
const SHORT_BYTES = 32;

/** Copies literals from the input; the caller has checked both ends. Returns the next position to write. */
export function copyLiterals(from: Uint8Array, at: number, to: Uint8Array, op: number, length: number): number {
  if (length > SHORT_BYTES) to.set(from.subarray(at, at + length), op);
  else for (let i = 0; i < length; i++) to[op + i] = from[at + i]!;
  return op + length;
}

/**
 * Copies the bytes that were written `distance` bytes ago; they may overlap the copy. Returns the next position to
 * write.
 */
export function copyMatch(bytes: Uint8Array, op: number, distance: number, length: number): number {
  const from = op - distance;
  if (length <= SHORT_BYTES) for (let i = 0; i < length; i++) bytes[op + i] = bytes[from + i]!;
  else if (distance === 1) bytes.fill(bytes[from]!, op, op + length);
  else {
    // If they overlap, each step copies twice as much as the one before.
    let done = Math.min(distance, length);
    bytes.copyWithin(op, from, from + done);
    for (; done < length;) {
      const step = Math.min(done - (done % distance), length - done);
      bytes.copyWithin(op + done, op, op + step);
      done += step;
    }
  }
  return op + length;
}

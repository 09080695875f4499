import { KafkaError } from "../errors/kafka-error.ts";

const LEAST_BYTES = 1024;
const MIB = 1_048_576;
/** However large the input: more is taken only when it is needed. */
const MOST_AT_FIRST = 4_194_304;

/** What a codec decompresses into: grows up to a bound, and throws kind `config` before it goes beyond. */
export class BoundedOutput {
  /** Replaced when it grows: read it again after {@link reserve} and {@link room}. */
  bytes: Uint8Array;
  length = 0;
  readonly #maxBytes: number;
  readonly #compressedBytes: number;

  constructor(compressedBytes: number, maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#compressedBytes = compressedBytes;
    this.bytes = new Uint8Array(Math.min(maxBytes, MOST_AT_FIRST, Math.max(LEAST_BYTES, compressedBytes * 4)));
  }

  /** Makes room for exactly so many more bytes. */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    if (needed > this.#maxBytes) throw this.tooLarge();
    this.#grow(needed);
  }

  /** Makes room for at most so many more bytes, fewer where the bound is nearer; answers up to where may be written. */
  room(most: number): number {
    const limit = Math.min(this.length + most, this.#maxBytes);
    if (limit > this.bytes.length) this.#grow(limit);
    return limit;
  }

  /**
   * For what stands at its limit and has more: the bound's error if that is what stopped it, else that of the format.
   */
  beyond(why: string): KafkaError {
    return this.length >= this.#maxBytes || this.bytes.length >= this.#maxBytes
      ? this.tooLarge()
      : new KafkaError("corrupt", why);
  }

  tooLarge(): KafkaError {
    return new KafkaError("config", `more than ${this.#maxBytes} bytes come out of ${this.#compressedBytes}`);
  }

  /** All that was written, on memory that is not much larger: records will keep it alive. */
  finish(): Uint8Array {
    return this.bytes.length > this.length + (this.length >> 2) + LEAST_BYTES
      ? this.bytes.slice(0, this.length)
      : this.bytes.subarray(0, this.length);
  }

  #grow(needed: number): void {
    // Few steps where it is large: what was outgrown stays in memory until it is collected, and all of it is a bomb's
    // price.
    const steep = this.bytes.length * (this.bytes.length < MIB ? 2 : 8);
    const bigger = new Uint8Array(
      Math.min(this.#maxBytes, Math.max(needed, steep * 2 > this.#maxBytes ? this.#maxBytes : steep)),
    );
    bigger.set(this.bytes.subarray(0, this.length));
    this.bytes = bigger;
  }
}

/** Up to here a loop over bytes beats `set` and `copyWithin`, which must set up a copy. */
const SHORT_BYTES = 32;

/** Copies literals from the input; the caller has checked both ends. Answers where writing goes on. */
export function copyLiterals(from: Uint8Array, at: number, to: Uint8Array, op: number, length: number): number {
  if (length > SHORT_BYTES) to.set(from.subarray(at, at + length), op);
  else for (let i = 0; i < length; i++) to[op + i] = from[at + i]!;
  return op + length;
}

/**
 * Copies what was written `distance` bytes before, which may overlap what is written now. Answers where writing goes
 * on.
 */
export function copyMatch(bytes: Uint8Array, op: number, distance: number, length: number): number {
  const from = op - distance;
  if (length <= SHORT_BYTES) for (let i = 0; i < length; i++) bytes[op + i] = bytes[from + i]!;
  else if (distance === 1) bytes.fill(bytes[from]!, op, op + length);
  else {
    // Where they overlap, what is copied doubles with each step.
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

/** Writes bits from the low end on; zstd's decoders read them from the far end back. */
export class BitWriter {
  readonly #bytes: Uint8Array;
  #at: number;
  #pending = 0;
  #count = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** At most 24 bits; `value` has no others. */
  add(value: number, bits: number): void {
    this.#pending |= value << this.#count;
    this.#count += bits;
    while (this.#count >= 8) {
      this.#bytes[this.#at++] = this.#pending;
      this.#pending >>>= 8;
      this.#count -= 8;
    }
  }

  /** Fills the last byte with zeros; answers where writing goes on. */
  end(): number {
    if (this.#count > 0) this.#bytes[this.#at++] = this.#pending;
    this.#pending = 0;
    this.#count = 0;
    return this.#at;
  }

  /** The same after a last bit of 1, by which a reader that comes from the far end finds the first bit. */
  endMarked(): number {
    this.add(1, 1);
    return this.end();
  }
}

/** What lies behind an input of the decoder, so that 32 bits can be looked at from each of its bytes on. */
export const PADDING_BYTES = 8;

/** 32 bits from any bit on, of which the lower 25 are sure. */
export function bitsAt(view: DataView, bit: number): number {
  return view.getUint32(bit >>> 3, true) >>> (bit & 7);
}

/**
 * Where the last bit of a stream that ends before byte `end` lies: below the mark, the highest 1 of its last byte; −1
 * where there is no mark.
 */
export function markedEnd(bytes: Uint8Array, start: number, end: number): number {
  const last = end > start ? bytes[end - 1]! : 0;
  return last === 0 ? -1 : (end - 1) * 8 + (31 - Math.clz32(last));
}

/** Writes bits from the low end upwards; zstd's decoders read them from the far end backwards. */
export class BitWriter {
  readonly #bytes: Uint8Array;
  #at: number;
  #pending = 0;
  #count = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** Appends at most 24 bits; higher bits of `value` must be 0. */
  add(value: number, bits: number): void {
    this.#pending |= value << this.#count;
    this.#count += bits;
    while (this.#count >= 8) {
      this.#bytes[this.#at++] = this.#pending;
      this.#pending >>>= 8;
      this.#count -= 8;
    }
  }

  /** Fills the last byte with zeros. Returns the next position to write. */
  end(): number {
    if (this.#count > 0) this.#bytes[this.#at++] = this.#pending;
    this.#pending = 0;
    this.#count = 0;
    return this.#at;
  }

  /** Like {@link end}, after a final 1 bit. A reader that starts at the far end finds the first bit by it. */
  endMarked(): number {
    this.add(1, 1);
    return this.end();
  }
}

/** Padding after the decoder's input, so that 32 bits can be read from each of its bytes. */
export const PADDING_BYTES = 8;

/** 32 bits from any bit on; only the lower 25 are valid. */
export function bitsAt(view: DataView, bit: number): number {
  return view.getUint32(bit >>> 3, true) >>> (bit & 7);
}

/**
 * The position of the last bit of a stream that ends before byte `end`. It lies below the mark, which is the highest 1
 * of the last byte. Returns −1 if there is no mark.
 */
export function markedEnd(bytes: Uint8Array, start: number, end: number): number {
  const last = end > start ? bytes[end - 1]! : 0;
  return last === 0 ? -1 : (end - 1) * 8 + (31 - Math.clz32(last));
}

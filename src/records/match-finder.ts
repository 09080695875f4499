const MOST_HASH_BITS = 16;
const LEAST_HASH_BITS = 8;

/**
 * Finds earlier occurrences. A hash of four bytes leads to the latest position with the same hash, and each position to
 * the one before it. The compression level sets how many positions are tried.
 */
export class MatchFinder {
  readonly #bytes: Uint8Array;
  readonly #heads: Int32Array;
  readonly #previous: Int32Array;
  readonly #shift: number;
  readonly #mask: number;
  readonly #depth: number;
  readonly #window: number;
  #next: number;
  /** The length of the last match found, 0 if none, and its distance. */
  length = 0;
  distance = 0;

  /** `window` is a power of two: the greatest distance of a match. */
  constructor(bytes: Uint8Array, start: number, window: number, depth: number) {
    this.#bytes = bytes;
    // A small input should not pay for a large table.
    const hashBits = Math.max(LEAST_HASH_BITS, Math.min(MOST_HASH_BITS, 32 - Math.clz32(bytes.length)));
    this.#shift = 32 - hashBits;
    this.#heads = new Int32Array(1 << hashBits).fill(-1);
    let size = 1;
    while (size < bytes.length && size < window) size *= 2;
    this.#previous = new Int32Array(depth > 1 ? size : 1);
    this.#mask = this.#previous.length - 1;
    this.#depth = depth;
    this.#window = window;
    this.#next = start;
  }

  /**
   * The longest match at `i` that ends before `end` and starts at or after `first`. Adds all positions up to `i` to the
   * table.
   */
  find(i: number, end: number, first: number): number {
    const bytes = this.#bytes;
    const hash = this.#insertUpTo(i, end);
    let place = this.#heads[hash]!;
    this.#insert(i, hash);
    this.length = 0;
    const oldest = Math.max(first, i - this.#window + 1);
    const a = bytes[i]!;
    const b = bytes[i + 1]!;
    for (let tries = this.#depth; tries > 0 && place >= oldest && place < i; tries--) {
      const best = this.length;
      if (bytes[place + best] === bytes[i + best] && bytes[place] === a && bytes[place + 1] === b) {
        let length = 2;
        while (i + length < end && bytes[place + length] === bytes[i + length]) length++;
        if (length >= 4 && length > best) {
          this.length = length;
          this.distance = i - place;
          if (i + length >= end) break;
        }
      }
      if (this.#depth === 1) break;
      const before = this.#previous[place & this.#mask]!;
      if (before >= place) break;
      place = before;
    }
    return this.length;
  }

  /** Does not add the positions before `i` that were not visited yet. */
  skipTo(i: number): void {
    if (i > this.#next) this.#next = i;
  }

  /**
   * Call this when a match was used that ends at `i`. At depth 1 only its end is added, else all of it at the next
   * find.
   */
  matched(i: number): void {
    if (this.#depth === 1) this.skipTo(i - 2);
  }

  #insertUpTo(i: number, end: number): number {
    for (let p = this.#next; p < i && p + 4 <= end; p++) this.#insert(p, this.#hash(p));
    this.#next = i + 1;
    return this.#hash(i);
  }

  #hash(p: number): number {
    const bytes = this.#bytes;
    return (
      Math.imul(bytes[p]! | (bytes[p + 1]! << 8) | (bytes[p + 2]! << 16) | (bytes[p + 3]! << 24), 0x9e3779b1) >>>
      this.#shift
    );
  }

  #insert(p: number, hash: number): void {
    if (this.#depth > 1) this.#previous[p & this.#mask] = this.#heads[hash]!;
    this.#heads[hash] = p;
  }
}

import type { Entropy } from "../runtime/entropy.ts";
import { utf8Encode } from "../wire/utf8.ts";

const TWO_32 = 4_294_967_296;

/**
 * A seeded source of randomness (sfc32; 32-bit integers only, so the numbers are equal on every engine). Each user
 * draws from its own stream, which seed and name select, so that users do not change each other's numbers.
 */
export class Random implements Entropy {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** The seed is three words of 32 bits. {@link Random.keyed} selects a stream by seed and name. */
  constructor(a: number, b: number, c: number) {
    this.#a = a | 0;
    this.#b = b | 0;
    this.#c = c | 0;
    for (let i = 0; i < 12; i++) this.uint32();
  }

  /** The stream of this name and seed. */
  static keyed(seed: number, name: string): Random {
    const hash = fnv(utf8Encode(name));
    return new Random(seed | 0, Math.floor(seed / TWO_32) ^ hash, Math.imul(hash, 0x9e3779b1) ^ 0x5bd1e995);
  }

  /** A whole number, 0 ≤ n < 2³². */
  uint32(): number {
    const t = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + t;
    return t >>> 0;
  }

  /** A whole number, 0 ≤ n < limit ≤ 2³². */
  below(limit: number): number {
    return Math.floor((this.uint32() / TWO_32) * limit);
  }

  /** A whole number, from ≤ n ≤ to. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1);
  }

  /** 0 ≤ x < 1. */
  fraction(): number {
    return this.uint32() / TWO_32;
  }

  /** Fills `bytes` with the next random bytes. */
  fill(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i += 4) {
      const word = this.uint32();
      for (let k = 0; k < 4 && i + k < bytes.length; k++) bytes[i + k] = (word >>> (8 * k)) & 255;
    }
  }
}

function fnv(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash | 0;
}

/** A source of random bytes: the host's, or a seeded one. */
export interface Entropy {
  /** Fills all of `bytes`, of any length, with random values. */
  fill(bytes: Uint8Array): void;
}

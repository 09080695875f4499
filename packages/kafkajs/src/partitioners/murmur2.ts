const SEED = 0x97_47_b2_8c;
const FACTOR = 0x5b_d1_e9_95;
const SHIFT = 24;

/** Java's hash of a key: 32 bits, signed. */
export function murmur2(key: Uint8Array): number {
  let hash = SEED ^ key.length;
  const end = key.length & ~3;
  for (let at = 0; at < end; at += 4) {
    let word = Math.imul(wordAt(key, at), FACTOR);
    word ^= word >>> SHIFT;
    word = Math.imul(word, FACTOR);
    hash = Math.imul(hash, FACTOR) ^ word;
  }
  if (end < key.length) hash = Math.imul(hash ^ tailOf(key, end), FACTOR);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, FACTOR);
  return hash ^ (hash >>> 15);
}

/**
 * The hash of kafkajs 1, which is Java's computed with doubles: products above 2^53 lose their low bits, and bytes
 * behind the last whole word are mixed in twice, first as a word of their own. Keys keep their partitions only with
 * exactly these numbers.
 */
export function legacyMurmur2(key: Uint8Array): number {
  let hash = SEED ^ key.length;
  for (let at = 0; at < key.length; at += 4) {
    let word = wordAt(key, at) * FACTOR;
    word ^= word >>> SHIFT;
    word *= FACTOR;
    hash *= FACTOR;
    hash ^= word;
  }
  const end = key.length & ~3;
  if (end < key.length) {
    hash ^= tailOf(key, end);
    hash *= FACTOR;
  }
  hash ^= hash >>> 13;
  hash *= FACTOR;
  return hash ^ (hash >>> 15);
}

/** Four bytes, the lowest first; bytes behind the end are 0. */
function wordAt(key: Uint8Array, at: number): number {
  return (key[at] ?? 0) | ((key[at + 1] ?? 0) << 8) | ((key[at + 2] ?? 0) << 16) | ((key[at + 3] ?? 0) << 24);
}

/** The up to three bytes from `at` to the end. */
function tailOf(key: Uint8Array, at: number): number {
  return (key[at] ?? 0) | ((key[at + 1] ?? 0) << 8) | ((key[at + 2] ?? 0) << 16);
}

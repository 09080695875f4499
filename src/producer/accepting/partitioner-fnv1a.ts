/** The FNV-1a hash of a key as Sarama and librdkafka use it: the absolute value of 32 bits, at most 2³¹. */
export function fnv1a(key: Uint8Array): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ (key[i] ?? 0), 0x01000193);
  return hash < 0 ? -hash : hash;
}

/** FNV-1a of a key as Sarama and librdkafka use it: 32 bits, its absolute value (2³¹ at the most). */
export function fnv1a(key: Uint8Array): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ (key[i] ?? 0), 0x01000193);
  return hash < 0 ? -hash : hash;
}

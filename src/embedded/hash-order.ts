/** The share of a hash map's places that can be taken before Java doubles it. */
const LOAD_FACTOR = 0.75;
/** The places of a hash map that Java creates without a size. */
const DEFAULT_CAPACITY = 16;

/**
 * Items in the order in which Java's HashMap returns them. Kafka answers some requests in this order, and tests of
 * clients compare whole responses. Items that share a place keep their order.
 */
export function hashOrder<T>(
  items: readonly T[],
  nameOf: (item: T) => string,
  leastCapacity: number = DEFAULT_CAPACITY,
): readonly T[] {
  let capacity = leastCapacity;
  while (items.length > capacity * LOAD_FACTOR) capacity *= 2;
  return items
    .map((item) => ({ item, place: placeOf(nameOf(item)) & (capacity - 1) }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

/** Java's hash of a string, with the high bits mixed in, as HashMap does. */
function placeOf(name: string): number {
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, 31) + name.charCodeAt(i)) | 0;
  return hash ^ (hash >>> 16);
}

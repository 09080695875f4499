/** One piece of scrap is made for this many bytes. */
const BYTES_PER_SCRAP = 32_768;
/** Of 8 bytes each. */
const SCRAP_LENGTH = 2048;
const BYTES_PER_SCRAP_ENTRY = BYTES_PER_SCRAP / SCRAP_LENGTH;

/**
 * Memory of its own, not from Node's pool, because records keep it alive; not cleared.
 *
 * Every 32 KiB it also makes an array of 16 KiB, which is garbage at once. V8 (of Node 22 and later) counts buffers
 * toward the limit of its old generation: a consumer of large values fills that every 15 MB, and V8 then marks the
 * whole heap, for 20 ms. Its collection of young objects would free the same dead buffers within 1 ms, but begins only
 * when the young generation is full: 1 MB of small objects in a new process, 16 MB in one that has run for a while, and
 * this client makes few. With the scrap it begins in time for both: values of 10 KB cost 14 µs of CPU in place of 21 in
 * a new process, and 20 in place of 27 with a young generation of 16 MB (bench/peers, consume-10KB).
 */
export function nodeAllocate(): (bytes: number) => Uint8Array {
  let owed = 0;
  // Kept, and read: or the minifier, or V8, would not make it at all.
  let scrap: readonly unknown[] = [];
  return (bytes) => {
    for (owed += bytes; owed >= BYTES_PER_SCRAP; owed -= BYTES_PER_SCRAP_ENTRY * scrap.length)
      scrap = new Array<unknown>(SCRAP_LENGTH);
    return new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer);
  };
}

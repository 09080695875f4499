import { nodeV8 } from "./builtin.ts";

/** V8 is to collect its young generation once in this number of bytes of buffers. */
const BYTES_PER_COLLECTION = 12 * 1_048_576;
const SCRAP_LENGTH = 2048;
/** Of 8 bytes for each entry. */
const SCRAP_BYTES = 8 * SCRAP_LENGTH;
/** V8 collects its young generation when it is filled to this part. */
const FULL = 0.8;
/** Before the first look: for the megabyte or two that the young generation of a new process has. */
const FIRST_BYTES_PER_SCRAP = 131_072;

/**
 * Memory of its own, not from Node's pool, because records keep it alive; not cleared.
 *
 * It also makes scrap: arrays of 16 KiB that are garbage at once. V8 (of Node 22 and later) counts buffers toward the
 * limit of its old generation: a consumer of large values fills that every 15 MB, and V8 then marks the whole heap, for
 * 20 ms. Its collection of young objects would free the same dead buffers within 1 ms, but begins only when the young
 * generation is full, and this client makes few small objects. With the scrap it begins every 12 MB of buffers. Not
 * more often: a buffer that survives two collections is old, and a consumer holds some megabytes for a while.
 *
 * `youngBytes` is the size of the young generation: 1 MB in a new process, up to 32 MB in one that has run for a while;
 * undefined on hosts that do not tell it, where no scrap is made.
 */
export function nodeAllocate(youngBytes: () => number | undefined = youngGeneration): (bytes: number) => Uint8Array {
  let untilLook = BYTES_PER_COLLECTION;
  let bytesPerScrap = FIRST_BYTES_PER_SCRAP;
  let bytesPerEntry = bytesPerScrap / SCRAP_LENGTH;
  let owed = 0;
  // Kept, and read: or the minifier, or V8, would not make it at all.
  let scrap: readonly unknown[] = [];
  return (bytes) => {
    untilLook -= bytes;
    if (untilLook <= 0) {
      untilLook = BYTES_PER_COLLECTION;
      bytesPerScrap = scrapFor(youngBytes());
      bytesPerEntry = bytesPerScrap / SCRAP_LENGTH;
    }
    for (owed += bytes; owed >= bytesPerScrap; owed -= bytesPerEntry * scrap.length)
      scrap = new Array<unknown>(SCRAP_LENGTH);
    return new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer);
  };
}

/** One piece of scrap is made for this many bytes. At most as much scrap as buffers, since it costs time as well. */
export function scrapFor(youngBytes: number | undefined): number {
  if (youngBytes === undefined || !(youngBytes > 0)) return Number.POSITIVE_INFINITY;
  return Math.max(SCRAP_BYTES, (SCRAP_BYTES * BYTES_PER_COLLECTION) / (FULL * youngBytes));
}

/** Takes 10 µs. Bun has no such space. */
function youngGeneration(): number | undefined {
  try {
    const spaces = nodeV8().getHeapSpaceStatistics();
    const young = spaces.find(({ space_name: name }) => name === "new_space");
    return young && young.space_available_size + young.space_used_size;
  } catch {
    return undefined;
  }
}

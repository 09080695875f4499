/** The Castagnoli polynomial, reflected. */
const POLYNOMIAL = 0x82f63b78;

/** Sixteen tables in one array. Table t, at t × 256, gives the effect of a byte on the CRC when t more bytes follow. */
function makeTables(): Int32Array {
  const tables = new Int32Array(16 * 256);
  for (let i = 0; i < 256; i++) {
    let c = i;
    for (let bit = 0; bit < 8; bit++) c = (c & 1) !== 0 ? (c >>> 1) ^ POLYNOMIAL : c >>> 1;
    tables[i] = c;
  }
  for (let i = 256; i < tables.length; i++) {
    const previous = tables[i - 256]!;
    tables[i] = (previous >>> 8) ^ tables[previous & 255]!;
  }
  return tables;
}

const T: Int32Array = makeTables();
/** An Int32Array has the host's byte order; the lookups below expect little-endian. */
const LITTLE_ENDIAN: boolean = new Uint8Array(new Int32Array([1]).buffer)[0] === 1;

/**
 * CRC-32C of bytes `start` to `end`, unsigned; `seed` is the CRC of the bytes before them.
 *
 * Each step takes sixteen bytes from an Int32Array view: 2.9 GB/s on V8, which is one lookup per cycle. Two lanes at
 * once, or steps of eight bytes, are no faster. A platform with vector instructions supplies a faster one for large
 * batches.
 */
export function crc32c(bytes: Uint8Array, start = 0, end: number = bytes.length, seed = 0): number {
  let crc = ~seed;
  let i = start;
  if (LITTLE_ENDIAN && end - start >= 32) {
    while (((bytes.byteOffset + i) & 3) !== 0) crc = T[(crc ^ bytes[i++]!) & 255]! ^ (crc >>> 8);
    const steps = (end - i) >>> 4;
    crc = sixteens(new Int32Array(bytes.buffer, bytes.byteOffset + i, steps * 4), steps, crc);
    i += steps * 16;
  }
  while (i < end) crc = T[(crc ^ bytes[i++]!) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

const sixteens: (words: Int32Array, steps: number, seed: number) => number = sixteensOver(T);

/**
 * The word that depends on the CRC so far is looked up last: the twelve other lookups need not wait for it. With the
 * lookups in byte order, and an array for each table, this was up to a third slower. The tables are a closure's
 * variable, which the engine treats as a constant even if a bundler turns a module's `const` into `var`. Without that
 * it is slower by another third.
 */
function sixteensOver(t: Int32Array): (words: Int32Array, steps: number, seed: number) => number {
  return (words, steps, seed) => {
    let crc = seed;
    let j = 0;
    for (let k = 0; k < steps; k++) {
      const a = words[j]! ^ crc;
      const b = words[j + 1]!;
      const c = words[j + 2]!;
      const d = words[j + 3]!;
      j += 4;
      const second =
        t[2816 + (b & 255)]! ^ t[2560 + ((b >>> 8) & 255)]! ^ (t[2304 + ((b >>> 16) & 255)]! ^ t[2048 + (b >>> 24)]!);
      const third =
        t[1792 + (c & 255)]! ^ t[1536 + ((c >>> 8) & 255)]! ^ (t[1280 + ((c >>> 16) & 255)]! ^ t[1024 + (c >>> 24)]!);
      const fourth = t[768 + (d & 255)]! ^ t[512 + ((d >>> 8) & 255)]! ^ (t[256 + ((d >>> 16) & 255)]! ^ t[d >>> 24]!);
      const first =
        t[3840 + (a & 255)]! ^ t[3584 + ((a >>> 8) & 255)]! ^ (t[3328 + ((a >>> 16) & 255)]! ^ t[3072 + (a >>> 24)]!);
      crc = second ^ third ^ fourth ^ first;
    }
    return crc;
  };
}

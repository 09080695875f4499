/**
 * CRC-32C (Castagnoli) of bytes `start` to `end`, unsigned: the checksum of record batches. Synchronous; keeps no
 * reference to the bytes.
 */
export type Crc32c = (bytes: Uint8Array, start: number, end: number) => number;

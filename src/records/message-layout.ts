// Where the fields of a message, magic 0 and 1, lie. https://kafka.apache.org/documentation/#messageset

export const OFFSET = 0;
export const SIZE = 8;
export const CRC = 12;
export const MAGIC = 16;
export const ATTRIBUTES = 17;
/** Magic 1 only. */
export const TIMESTAMP = 18;
/** What `size` does not count: offset and itself. */
export const LOG_OVERHEAD = 12;

export const COMPRESSION_MASK = 0x07;
export const LOG_APPEND_TIME = 0x08;

/** Where the key's length lies: behind the attributes, or the timestamp. */
export function keyAt(magic: number): number {
  return magic === 0 ? 18 : 26;
}

/** The size of a message with neither key nor value. */
export function leastSize(magic: number): number {
  return keyAt(magic) + 8 - LOG_OVERHEAD;
}

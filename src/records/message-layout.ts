// Byte positions of the fields of a message, magic 0 and 1. https://kafka.apache.org/documentation/#messageset

export const OFFSET = 0;
/** The number of bytes that follow this field. */
export const SIZE = 8;
/** CRC32 (not CRC32C) of everything from the magic byte on. */
export const CRC = 12;
export const MAGIC = 16;
export const ATTRIBUTES = 17;
/** Magic 1 only. */
export const TIMESTAMP = 18;
/** The bytes that `size` does not include: the offset, and `size` itself. */
export const LOG_OVERHEAD = 12;

/** The bits of the attributes that contain the compression type; others than 0 mean that messages are nested. */
export const COMPRESSION_MASK = 0x07;
/** Magic 1 only: the timestamp is that of the broker's clock. */
export const LOG_APPEND_TIME = 0x08;

/** The position of the key's length: after the attributes, or after the timestamp. */
export function keyAt(magic: number): number {
  return magic === 0 ? 18 : 26;
}

/** The size of a message with neither key nor value. */
export function leastSize(magic: number): number {
  return keyAt(magic) + 8 - LOG_OVERHEAD;
}

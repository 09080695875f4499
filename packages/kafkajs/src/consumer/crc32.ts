/** The CRC-32 (not CRC-32C) of bytes in several parts, as a signed number: kafkajs reads it as an int32. */
export function crc32Of(parts: readonly Uint8Array[]): number {
  let crc = ~0;
  for (const part of parts) for (const byte of part) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] ?? 0);
  return ~crc;
}

/** The remainders of all bytes, for the reflected polynomial 0x04c11db7. */
const TABLE: readonly number[] = Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ ((remainder & 1) === 0 ? 0 : 0xedb88320);
  return remainder;
});

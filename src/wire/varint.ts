// Sizes of variable-length integers, and functions that write them. Beyond 2³¹ the arithmetic uses two 32-bit halves:
// shifts work on 32 bits, and BigInt costs 18 to 80 times as much.

const TWO_32 = 4_294_967_296;

/** The number of bytes of an unsigned varint of up to 32 bits. */
export function unsignedVarintSize(value: number): number {
  const n = value >>> 0;
  return n < 0x80 ? 1 : n < 0x4000 ? 2 : n < 0x200000 ? 3 : n < 0x10000000 ? 4 : 5;
}

/** The number of bytes of a zig-zag varint of 32 bits. */
export function varintSize(value: number): number {
  return unsignedVarintSize((value << 1) ^ (value >> 31));
}

/** The number of bytes of a zig-zag varlong; `value` is an integer between −2⁵³ and 2⁵³. */
export function varlongSize(value: number): number {
  if (value >= -1_073_741_824 && value <= 1_073_741_823) return varintSize(value);
  let rest = value < 0 ? -value * 2 - 1 : value * 2;
  let size = 1;
  while (rest >= 128) {
    rest = Math.floor(rest / 128);
    size++;
  }
  return size;
}

/** Writes an unsigned varint of up to 32 bits. Returns the position after it. */
export function writeUnsignedVarint(target: Uint8Array, at: number, value: number): number {
  let n = value >>> 0;
  while (n > 127) {
    target[at++] = (n & 127) | 128;
    n >>>= 7;
  }
  target[at++] = n;
  return at;
}

/** Writes a zig-zag varint of 32 bits. Returns the position after it. */
export function writeVarint(target: Uint8Array, at: number, value: number): number {
  return writeUnsignedVarint(target, at, (value << 1) ^ (value >> 31));
}

/** Writes a zig-zag varlong of an integer between −2⁵³ and 2⁵³. Returns the position after it. */
export function writeVarlong(target: Uint8Array, at: number, value: number): number {
  if (value >= -1_073_741_824 && value <= 1_073_741_823) return writeVarint(target, at, value);
  // Zig-zag is 2n for n ≥ 0 and −2n − 1 for n < 0. That may need 54 bits, so split into halves before doubling.
  const positive = value < 0 ? -value - 1 : value;
  let high = Math.floor(positive / TWO_32);
  let low = positive >>> 0;
  high = high * 2 + (low >>> 31);
  low = ((low << 1) | (value < 0 ? 1 : 0)) >>> 0;
  while (high > 0 || low > 127) {
    target[at++] = (low & 127) | 128;
    low = ((low >>> 7) | ((high & 127) << 25)) >>> 0;
    high = Math.floor(high / 128);
  }
  target[at++] = low;
  return at;
}

import { KafkaError } from "../errors/kafka-error.ts";

/** Is told of each record what a broker checks. */
export type RecordVisitor = (index: number, timestampDelta: number, hasKey: boolean) => void;

/** Beyond this shift an integer no longer fits into the 32 bits of JavaScript's operators. */
const MAX_FAST_SHIFT = 21;
const TWO_28 = 268_435_456;

/**
 * Walks over the uncompressed records of a batch without making anything: a broker looks at each record's timestamp and
 * whether it has a key, and at nothing else. Throws kind `corrupt` where the records do not fill the bytes exactly.
 */
export function scanRecords(bytes: Uint8Array, start: number, end: number, count: number, visit: RecordVisitor): void {
  const cursor = new Cursor(bytes, start);
  for (let index = 0; index < count; index++) {
    const length = cursor.varint();
    const recordEnd = cursor.offset + length;
    if (length < 6 || recordEnd > end) throw malformed(`record ${index} says that it has ${length} bytes`);
    cursor.offset++; // attributes: none are defined
    const timestampDelta = cursor.varint();
    cursor.varint(); // offset delta: the broker counts by itself
    const keyLength = cursor.varint();
    if (keyLength < -1 || cursor.offset + keyLength > recordEnd) throw malformed(`the key of record ${index} has ${keyLength} bytes`);
    visit(index, timestampDelta, keyLength >= 0);
    cursor.offset = recordEnd;
  }
  if (cursor.offset !== end) throw malformed(`${end - cursor.offset} bytes are left after ${count} records`);
}

class Cursor {
  readonly #bytes: Uint8Array;
  offset: number;

  constructor(bytes: Uint8Array, offset: number) {
    this.#bytes = bytes;
    this.offset = offset;
  }

  /** A zig-zag integer of up to 64 bits, as a double. */
  varint(): number {
    let byte = this.#next();
    let n = byte & 127;
    for (let shift = 7; byte > 127; shift += 7) {
      if (shift > MAX_FAST_SHIFT) return this.#long(n);
      byte = this.#next();
      n |= (byte & 127) << shift;
    }
    return (n >>> 1) ^ -(n & 1);
  }

  /** Goes on after the first four bytes. */
  #long(low: number): number {
    let n = low;
    let scale = TWO_28;
    for (let bytes = 0; bytes < 6; bytes++) {
      const byte = this.#next();
      n += (byte & 127) * scale;
      scale *= 128;
      if (byte < 128) return n % 2 === 0 ? n / 2 : -(n + 1) / 2;
    }
    throw malformed("an integer has more than 64 bits");
  }

  #next(): number {
    const byte = this.#bytes[this.offset++];
    if (byte === undefined) throw malformed("the records end in the middle of one");
    return byte;
  }
}

function malformed(why: string): KafkaError {
  return new KafkaError("corrupt", `the records of a batch are malformed: ${why}`);
}

import { KafkaError } from "../errors/kafka-error.ts";

/** Is told of each record what a broker checks. Lengths are −1 where there is nothing. */
export type RecordVisitor = (index: number, timestamp: number, keyLength: number, valueLength: number) => void;

/** Beyond this shift an integer no longer fits into the 32 bits of JavaScript's operators. */
const MAX_FAST_SHIFT = 21;
const TWO_28 = 268_435_456;

/**
 * Walks over the records of a batch without making anything: a broker looks at each record's timestamp and whether it
 * has a key, and at nothing else. Throws kind `corrupt` where they are malformed or do not fill the bytes exactly.
 * Kafka reads records that were compressed otherwise than others: it does not hold their length against what is in
 * them, but it wants their offsets to follow each other. Where they do not, and where an integer of others is too long,
 * it fails: kind `internal`.
 */
export function scanRecords(
  bytes: Uint8Array,
  start: number,
  end: number,
  count: number,
  wereCompressed: boolean,
  visit: RecordVisitor,
): void {
  const cursor = new Cursor(bytes, start, wereCompressed);
  for (let index = 0; index < count; index++) {
    const length = cursor.varint();
    const recordEnd = wereCompressed ? end : cursor.offset + length;
    if (length < 0 || recordEnd > end) throw malformed(`record ${index} says that it has ${length} bytes`);
    cursor.offset++; // attributes: none are defined
    const timestampDelta = cursor.varint();
    const offsetDelta = cursor.varint();
    const keyLength = cursor.skip(recordEnd, `the key of record ${index}`);
    const valueLength = cursor.skip(recordEnd, `the value of record ${index}`);
    skipHeaders(cursor, index, recordEnd);
    if (cursor.offset !== recordEnd && !wereCompressed)
      throw malformed(`record ${index} says that it has ${length} bytes`);
    if (offsetDelta !== index && wereCompressed)
      throw new KafkaError("internal", `record ${index} of a compressed batch has offset delta ${offsetDelta}`);
    visit(index, timestampDelta, keyLength, valueLength);
  }
  if (cursor.offset !== end) throw malformed(`${end - cursor.offset} bytes are left after ${count} records`);
}

function skipHeaders(cursor: Cursor, index: number, recordEnd: number): void {
  const headers = cursor.varint();
  if (headers < 0) throw malformed(`record ${index} has ${headers} headers`);
  for (let i = 0; i < headers; i++) {
    if (cursor.skip(recordEnd, `a header's name in record ${index}`) < 0)
      throw malformed(`a header of record ${index} has no name`);
    cursor.skip(recordEnd, `a header's value in record ${index}`);
  }
}

class Cursor {
  readonly #bytes: Uint8Array;
  readonly #wereCompressed: boolean;
  offset: number;

  constructor(bytes: Uint8Array, offset: number, wereCompressed: boolean) {
    this.#bytes = bytes;
    this.#wereCompressed = wereCompressed;
    this.offset = offset;
  }

  /** Goes over bytes with their length before them; answers the length, or −1 where it says that there are none. */
  skip(end: number, what: string): number {
    const length = this.varint();
    if (this.offset + length > end) throw malformed(`${what} has ${length} bytes`);
    if (length > 0) this.offset += length;
    return Math.max(-1, length);
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
    throw new KafkaError(this.#wereCompressed ? "corrupt" : "internal", "an integer in a record has more than 64 bits");
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

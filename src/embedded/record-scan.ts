import { KafkaError } from "../errors/kafka-error.ts";

/** Called with the facts about each record that a broker checks. A length is −1 for null. */
export type RecordVisitor = (index: number, timestamp: number, keyLength: number, valueLength: number) => void;

/** Beyond this shift, an integer does not fit into the 32 bits of JavaScript's bit operators. */
const MAX_FAST_SHIFT = 21;
const TWO_28 = 268_435_456;

/**
 * Walks over the records of a batch without creating objects: a broker checks only each record's timestamp, and whether
 * it has a key. Throws kind `corrupt` if the records are malformed or do not fill the bytes exactly.
 *
 * Kafka reads compressed records differently from others. It does not compare their length with their content, but
 * requires consecutive offsets. If compressed records violate that, or an integer of uncompressed ones is too long,
 * Kafka itself fails: kind `internal`.
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

  /** Skips bytes that follow their length; returns the length, or −1 for null. */
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

  /** Reads the rest of an integer after its first four bytes. */
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

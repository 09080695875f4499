import { KafkaError } from "../errors/kafka-error.ts";
import { utf8Decode } from "./utf8.ts";
import { uuidText } from "./uuid.ts";

const TWO_32 = 4_294_967_296;

/**
 * Reads Kafka's primitive types, big-endian, from bytes. All callers share this one class, so that its call sites stay
 * monomorphic. A read beyond the end throws a KafkaError of kind `protocol`.
 */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  readonly #view: DataView;
  offset: number;

  constructor(bytes: Uint8Array, offset = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.offset = offset;
    this.end = end;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.end - this.offset;
  }

  int8(): number {
    return this.#view.getInt8(this.#advance(1));
  }

  uint8(): number {
    return this.bytes[this.#advance(1)]!;
  }

  int16(): number {
    return this.#view.getInt16(this.#advance(2));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2));
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4));
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4));
  }

  /** Reads an offset or an id. Throws beyond 2⁵³: there a double can no longer distinguish neighbouring values. */
  int64(): number {
    const value = this.int64Nearest();
    if (!Number.isSafeInteger(value))
      throw new KafkaError("protocol", `an int64 of ${value} is beyond 2^53 and cannot be represented exactly`);
    return value;
  }

  /** Reads a timestamp or a size, as the nearest double. */
  int64Nearest(): number {
    const at = this.#advance(8);
    return this.#view.getInt32(at) * TWO_32 + this.#view.getUint32(at + 4);
  }

  float64(): number {
    return this.#view.getFloat64(this.#advance(8));
  }

  /** Kafka's text form of a uuid. */
  uuid(): string {
    return uuidText(this.bytes, this.#advance(16));
  }

  /** An unsigned varint of at most 32 bits. */
  unsignedVarint(): number {
    const first = this.uint8();
    if (first < 128) return first;
    let value = first & 127;
    for (let shift = 7; shift < 35; shift += 7) {
      const byte = this.uint8();
      if (shift === 28 && byte > 15) break;
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
    throw new KafkaError("protocol", "a varint has more than 32 bits");
  }

  /** A zig-zag varint. */
  varint(): number {
    const n = this.unsignedVarint();
    return (n >>> 1) ^ -(n & 1);
  }

  /** A zig-zag varlong, as the nearest double. */
  varlong(): number {
    let low = 0;
    let high = 0;
    for (let i = 0; i < 10; i++) {
      const byte = this.uint8();
      const bits = byte & 127;
      if (i < 4) low |= bits << (7 * i);
      else if (i === 4) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (7 * i - 32);
      if (byte < 128) {
        const half = (((low >>> 1) | (high << 31)) >>> 0) + (high >>> 1) * TWO_32;
        return (low & 1) === 0 ? half : -half - 1;
      }
    }
    throw new KafkaError("protocol", "a varlong has more than 64 bits");
  }

  /** Skips the next `length` bytes. */
  skip(length: number): void {
    this.#advance(length);
  }

  /** The next `length` bytes, as a view. */
  take(length: number): Uint8Array {
    const at = this.#advance(length);
    return this.bytes.subarray(at, at + length);
  }

  /** The next `length` bytes, as text. */
  text(length: number): string {
    const at = this.#advance(length);
    return utf8Decode(this.bytes, at, at + length);
  }

  #advance(size: number): number {
    const at = this.offset;
    if (size < 0 || size > this.end - at)
      throw new KafkaError("protocol", `${size} bytes are needed at byte ${at}, but only ${this.end - at} follow`);
    this.offset = at + size;
    return at;
  }
}

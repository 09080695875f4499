import { KafkaError } from "../errors/kafka-error.ts";
import { utf8Length, utf8Write } from "./utf8.ts";
import { writeUuid } from "./uuid.ts";
import { writeUnsignedVarint } from "./varint.ts";

const TWO_32 = 4_294_967_296;
/** From this size on, bytes are passed on by reference: an extra chunk costs less than copying them. */
const BY_REFERENCE = 1024;

/**
 * Writes Kafka's primitive types, big-endian. The result is a list of chunks. Small values share one growing buffer.
 * Large ones (record batches) become chunks of their own and are never copied.
 */
export class ByteWriter {
  readonly #chunks: Uint8Array[] = [];
  #buffer: Uint8Array;
  #view: DataView;
  #at = 0;
  #start = 0;
  #done = 0;

  constructor(initialBytes = 256) {
    this.#buffer = new Uint8Array(initialBytes);
    this.#view = new DataView(this.#buffer.buffer);
  }

  /** Bytes written so far, over all chunks. */
  get size(): number {
    return this.#done + this.#at - this.#start;
  }

  // Each method reserves room before it reads #view: growing replaces both the buffer and the view.
  int8(value: number): void {
    const at = this.#reserve(1);
    this.#view.setInt8(at, value);
  }

  int16(value: number): void {
    const at = this.#reserve(2);
    this.#view.setInt16(at, value);
  }

  uint16(value: number): void {
    const at = this.#reserve(2);
    this.#view.setUint16(at, value);
  }

  int32(value: number): void {
    const at = this.#reserve(4);
    this.#view.setInt32(at, value);
  }

  uint32(value: number): void {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value);
  }

  int64(value: number): void {
    if (!Number.isSafeInteger(value))
      throw new KafkaError("protocol", `${value} cannot be written as an int64: it is no whole number within 2^53`);
    const at = this.#reserve(8);
    this.#view.setInt32(at, Math.floor(value / TWO_32));
    this.#view.setUint32(at + 4, value >>> 0);
  }

  float64(value: number): void {
    const at = this.#reserve(8);
    this.#view.setFloat64(at, value);
  }

  uuid(value: string): void {
    const at = this.#reserve(16);
    writeUuid(value, this.#buffer, at);
  }

  unsignedVarint(value: number): void {
    const at = this.#reserve(5);
    this.#at = writeUnsignedVarint(this.#buffer, at, value);
  }

  /** The text's bytes, without a length. */
  text(value: string, length: number = utf8Length(value)): void {
    const at = this.#reserve(length);
    utf8Write(value, this.#buffer, at);
  }

  /** Copies the bytes. */
  bytes(value: Uint8Array): void {
    const at = this.#reserve(value.length);
    this.#buffer.set(value, at);
  }

  /** Passes large bytes on by reference: they must not change until the chunks have been sent. Copies small ones. */
  view(value: Uint8Array): void {
    if (value.length < BY_REFERENCE) {
      this.bytes(value);
      return;
    }
    this.#closeChunk();
    this.#chunks.push(value);
    this.#done += value.length;
  }

  /** Overwrites an int32 at `at`, which must lie before the first chunk that was passed by reference. */
  patchInt32(at: number, value: number): void {
    const first = this.#chunks[0];
    if (first === undefined) this.#view.setInt32(at, value);
    else new DataView(first.buffer, first.byteOffset).setInt32(at, value);
  }

  /** The written bytes, as chunks. Do not use the writer afterwards. */
  finish(): Uint8Array[] {
    this.#closeChunk();
    return this.#chunks;
  }

  /** The written bytes, in one piece. Do not use the writer afterwards. */
  finishFlat(): Uint8Array {
    const chunks = this.finish();
    const only = chunks[0];
    if (chunks.length === 1 && only !== undefined) return only;
    const flat = new Uint8Array(this.#done);
    let at = 0;
    for (const chunk of chunks) {
      flat.set(chunk, at);
      at += chunk.length;
    }
    return flat;
  }

  #closeChunk(): void {
    if (this.#at === this.#start) return;
    this.#chunks.push(this.#buffer.subarray(this.#start, this.#at));
    this.#done += this.#at - this.#start;
    this.#start = this.#at;
  }

  #reserve(size: number): number {
    const at = this.#at;
    if (at + size > this.#buffer.length) return this.#grow(size);
    this.#at = at + size;
    return at;
  }

  /** Moves only the open part to a larger buffer. Closed chunks stay where they are. */
  #grow(size: number): number {
    const open = this.#at - this.#start;
    const bigger = new Uint8Array(Math.max(this.#buffer.length * 2, open + size + 64));
    bigger.set(this.#buffer.subarray(this.#start, this.#at));
    this.#buffer = bigger;
    this.#view = new DataView(bigger.buffer);
    this.#start = 0;
    this.#at = open + size;
    return open;
  }
}

import { KafkaError } from "../errors/kafka-error.ts";
import { utf8Decode } from "../wire/utf8.ts";
import type { ViewedBytes } from "./bytes-view.ts";

/** Headers in order, duplicates kept. Names are text, values bytes or null. */
export type Headers = readonly (readonly [name: string, value: Uint8Array | null])[];

/** The headers between `start` and `end`; values are views. Throws kind `corrupt`; the caller adds where. */
export function readHeaders(viewed: ViewedBytes, start: number, end: number): Headers {
  const bytes = viewed.all;
  // Most records have no headers: this case must cost nothing.
  if (bytes[start] === 0 && start < end) return [];
  const reader = new HeaderReader(bytes, start, end);
  const count = reader.varint();
  if (count < 0 || count > end - reader.at)
    throw new KafkaError("corrupt", `a record says that it has ${count} headers`);
  const headers: [string, Uint8Array | null][] = [];
  for (let i = 0; i < count; i++) {
    const nameLength = reader.varint();
    const nameStart = reader.skip(nameLength);
    const name = utf8Decode(bytes, nameStart, nameStart + nameLength);
    const length = reader.varint();
    headers.push([name, length === -1 ? null : viewed.view(reader.skip(length), length)]);
  }
  return headers;
}

/** A small part of ByteReader, without its DataView: making a DataView costs as much as reading two headers. */
class HeaderReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  at: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#end = end;
    this.at = start;
  }

  varint(): number {
    let n = 0;
    for (let shift = 0; ; shift += 7) {
      if (shift > 28) throw new KafkaError("corrupt", "a varint has more than 32 bits");
      const byte = this.#bytes[this.skip(1)]!;
      n |= (byte & 127) << shift;
      if (byte < 128) return (n >>> 1) ^ -(n & 1);
    }
  }

  /** Skips `length` bytes. Returns where they begin. */
  skip(length: number): number {
    const at = this.at;
    if (length < 0 || length > this.#end - at)
      throw new KafkaError("corrupt", `${length} bytes are needed at byte ${at}, but only ${this.#end - at} follow`);
    this.at = at + length;
    return at;
  }
}

import { headersSize, writeHeaders } from "../../records/batch-builder.ts";
import { ViewedBytes } from "../../records/bytes-view.ts";
import { type Headers, readHeaders } from "../../records/headers.ts";
import { utf8Length, utf8Write } from "../../wire/utf8.ts";

type Part = Uint8Array | string | null;

/** The fields of a record that is packed. */
export interface RecordParts {
  readonly topic: string;
  /** The partition that the record names; −1 for none. */
  readonly partition: number;
  readonly key: Part;
  readonly value: Part;
  readonly headers: Headers | undefined;
  /** In ms since the epoch; −1 for the time at which the record is appended. */
  readonly timestamp: number;
  /** How many bytes the memory gate counts for it. */
  readonly bytes: number;
}

/**
 * A record that waits for room. Key, value and headers are copied into one buffer of exactly their
 * size, encoded as in a batch, so that the caller may reuse its own buffers. An object for each header would take many
 * times the memory that `bufferMemory` counts.
 */
export class PackedRecord implements RecordParts {
  readonly topic: string;
  readonly partition: number;
  readonly timestamp: number;
  readonly bytes: number;
  readonly #data: Uint8Array;
  /** The length of the key in bytes; −1 for null. */
  readonly #keyLength: number;
  readonly #valueLength: number;

  constructor({ topic, partition, key, value, headers, timestamp, bytes }: RecordParts) {
    this.topic = topic;
    this.partition = partition;
    this.timestamp = timestamp;
    this.bytes = bytes;
    this.#keyLength = partLength(key);
    this.#valueLength = partLength(value);
    const hasHeaders = headers !== undefined && headers.length > 0;
    this.#data = new Uint8Array(
      Math.max(0, this.#keyLength) + Math.max(0, this.#valueLength) + (hasHeaders ? headersSize(headers) : 0),
    );
    const at = writePart(this.#data, writePart(this.#data, 0, key), value);
    if (hasHeaders) writeHeaders(this.#data, at, headers);
  }

  get key(): Uint8Array | null {
    return this.#keyLength < 0 ? null : this.#data.subarray(0, this.#keyLength);
  }

  get value(): Uint8Array | null {
    const start = Math.max(0, this.#keyLength);
    return this.#valueLength < 0 ? null : this.#data.subarray(start, start + this.#valueLength);
  }

  get headers(): Headers | undefined {
    const start = Math.max(0, this.#keyLength) + Math.max(0, this.#valueLength);
    return start === this.#data.length ? undefined : readHeaders(new ViewedBytes(this.#data), start, this.#data.length);
  }
}

/** The length of a part in bytes; −1 for null. */
export function partLength(part: Part): number {
  return part === null ? -1 : typeof part === "string" ? utf8Length(part) : part.length;
}

/** Copies `part` into `data` at this position; returns the position after it. */
export function writePart(data: Uint8Array, at: number, part: Part): number {
  if (part === null) return at;
  if (typeof part === "string") return utf8Write(part, data, at);
  data.set(part, at);
  return at + part.length;
}

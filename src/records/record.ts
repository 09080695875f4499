import { KafkaError } from "../errors/kafka-error.ts";
import { isBytes } from "../wire/is-bytes.ts";
import type { BatchContext } from "./batch-context.ts";
import { ViewedBytes, copyOf } from "./bytes-view.ts";
import { type Headers, readHeaders } from "./headers.ts";

export type { Headers } from "./headers.ts";

/** Whether the producer or the broker set a record's timestamp. Messages of magic 0 have no timestamp. */
export type TimestampType = "CreateTime" | "LogAppendTime" | "NoTimestampType";

/** The properties that all records of a batch share. */
export interface RecordOrigin {
  /** The topic that they were read from. */
  readonly topic: string;
  /** The partition that they were read from. */
  readonly partition: number;
  /** Whether the producer or the broker set the timestamps. */
  readonly timestampType: TimestampType;
  /** The facts of the batch; absent for a record that was not read from a partition. */
  readonly context?: BatchContext | undefined;
}

/** A record as a plain object, in memory of its own. */
export interface PlainRecord<K = Uint8Array | null, V = Uint8Array | null> {
  /** The topic that it was read from. */
  readonly topic: string;
  /** The partition that it was read from. */
  readonly partition: number;
  /** The record's offset in its partition; −1 if it is not known yet. */
  readonly offset: number;
  /** The record's timestamp, in ms since the epoch. */
  readonly timestamp: number;
  /** Whether the producer or the broker set the timestamp. */
  readonly timestampType: TimestampType;
  /** The deserialised key, or a copy of its bytes, or null. */
  readonly key: K;
  /** The deserialised value, or a copy of its bytes, or null. */
  readonly value: V;
  /** The headers in order; values are copies. */
  readonly headers: Headers;
}

/** The method that `console.log` calls on Node, Bun and Deno. */
const INSPECT: symbol = Symbol.for("nodejs.util.inspect.custom");

/** A host's function that prints a value, such as `util.inspect` of Node. */
type Inspect = (value: unknown, options: object) => string;

const NOT_DECODED: unique symbol = Symbol("not decoded");

/**
 * A record: the positions of its parts in the bytes of its batch. Key, value and headers are created on access, so that
 * reading a million records creates a million small objects and nothing else.
 *
 * The views keep the whole batch (for a fetch, the whole response) in memory. To keep a record, copy it with {@link
 * detach}. On Node, Bun and Deno the views are `Buffer`s: `toString()` gives text. A Buffer's `slice` shares the
 * memory, whereas that of a Uint8Array copies. Copy with `Uint8Array.from(view)` or `Buffer.from(view)`.
 */
export class KafkaRecord<K = Uint8Array | null, V = Uint8Array | null> {
  readonly #origin: RecordOrigin;
  readonly #bytes: ViewedBytes;
  readonly #keyStart: number;
  readonly #keyLength: number;
  readonly #valueStart: number;
  readonly #valueLength: number;
  readonly #end: number;
  #key: K | typeof NOT_DECODED = NOT_DECODED;
  #value: V | typeof NOT_DECODED = NOT_DECODED;
  /** The record's offset in its partition; −1 if it is not known yet. */
  readonly offset: number;
  /** The record's timestamp, in ms since the epoch. */
  readonly timestamp: number;

  /** @internal */
  constructor(
    origin: RecordOrigin,
    bytes: ViewedBytes,
    offset: number,
    timestamp: number,
    keyStart: number,
    keyLength: number,
    valueStart: number,
    valueLength: number,
    end: number,
  ) {
    this.#origin = origin;
    this.#bytes = bytes;
    this.offset = offset;
    this.timestamp = timestamp;
    this.#keyStart = keyStart;
    this.#keyLength = keyLength;
    this.#valueStart = valueStart;
    this.#valueLength = valueLength;
    this.#end = end;
  }

  /**
   * Whether a value is a record, of this copy of the package or of another: a process may load both the ES modules and
   * the CommonJS build.
   */
  static is(value: unknown): value is KafkaRecord<unknown, unknown> {
    if (value instanceof KafkaRecord) return true;
    return (
      typeof value === "object" &&
      value !== null &&
      "timestampType" in value &&
      typeof (value as { readonly detach?: unknown }).detach === "function"
    );
  }

  /** The topic that it was read from. */
  get topic(): string {
    return this.#origin.topic;
  }

  /** The partition that it was read from. */
  get partition(): number {
    return this.#origin.partition;
  }

  /** Whether the producer or the broker set the timestamp. */
  get timestampType(): TimestampType {
    return this.#origin.timestampType;
  }

  /**
   * The facts of the batch that the record was read in, such as its producer id and leader epoch: one object for all
   * records of the batch, made when the first of them is asked. Undefined for records of `onDelivery`.
   */
  get batchContext(): BatchContext | undefined {
    return this.#origin.context;
  }

  /** The key: deserialised by the consumer, or else a view of its bytes, or null. */
  get key(): K {
    return this.#key === NOT_DECODED ? (this.keyBytes as K) : this.#key;
  }

  /** The value: deserialised by the consumer, or else a view of its bytes, or null. */
  get value(): V {
    return this.#value === NOT_DECODED ? (this.valueBytes as V) : this.#value;
  }

  /** The key's bytes on the wire: a new view at each access. */
  get keyBytes(): Uint8Array | null {
    return this.#keyLength < 0 ? null : this.#bytes.view(this.#keyStart, this.#keyLength);
  }

  /** The value's bytes on the wire: a new view at each access. */
  get valueBytes(): Uint8Array | null {
    return this.#valueLength < 0 ? null : this.#bytes.view(this.#valueStart, this.#valueLength);
  }

  /** The size of key and value together, in bytes. */
  get payloadBytes(): number {
    return Math.max(0, this.#keyLength) + Math.max(0, this.#valueLength);
  }

  /** The headers, decoded at each access. Throws kind `corrupt` if they are malformed. */
  get headers(): Headers {
    const start = this.#valueStart + Math.max(0, this.#valueLength);
    if (start === this.#end) return []; // magic 0 and 1
    try {
      return readHeaders(this.#bytes, start, this.#end);
    } catch (error) {
      throw new KafkaError(
        "corrupt",
        `the headers of the record at ${this.topic}-${this.partition} offset ${this.offset} are malformed: ` +
          KafkaError.from(error).message,
        {
          cause: error,
          topic: this.topic,
          partition: this.partition,
          offset: this.offset,
        },
      );
    }
  }

  /**
   * The value of the last header of this name: null for a header without a value, undefined if there is no such header.
   * Throws kind `corrupt` if the headers are malformed. Java: `Headers.lastHeader`.
   */
  header(name: string): Uint8Array | null | undefined {
    let last: Uint8Array | null | undefined;
    for (const [given, value] of this.headers) if (given === name) last = value;
    return last;
  }

  /**
   * The record as a plain object, for `JSON.stringify`, `structuredClone` and `postMessage`. Bytes are copied, so it
   * keeps nothing else alive. Deserialised keys and values are passed on unchanged. Throws kind `corrupt` if the
   * headers are malformed.
   */
  toJSON(): PlainRecord<K, V> {
    const copied = <T>(part: T): T => (isBytes(part) ? (copyOf(part, this.#bytes.make) as T) : part);
    return this.#plain(
      copied(this.key),
      copied(this.value),
      this.headers.map(([name, value]) => [name, copied(value)]),
    );
  }

  // Defined here to keep it out of the members that a user's editor shows.
  static {
    Object.defineProperty(this.prototype, INSPECT, {
      value(this: KafkaRecord, depth: number, options: object, inspect?: Inspect) {
        return this.#inspect(depth, options, inspect);
      },
    });
  }

  #inspect(depth: number, options: object, inspect: Inspect | undefined): unknown {
    let headers: unknown;
    try {
      headers = this.headers;
    } catch (error) {
      headers = KafkaError.from(error).message; // printing never throws
    }
    const plain = this.#plain(this.key, this.value, headers);
    if (inspect === undefined) return plain;
    return depth < 0 ? "[KafkaRecord]" : `KafkaRecord ${inspect(plain, options)}`;
  }

  /** Sets the deserialised key and value. For the consumer. @internal */
  decoded(key: K, value: V): void {
    this.#key = key;
    this.#value = value;
  }

  /** A copy of the record in memory of its own: keeping it keeps nothing else alive. */
  detach(): KafkaRecord<K, V> {
    const from = this.#keyStart;
    const bytes = new ViewedBytes(this.#bytes.copy(from, this.#end - from), this.#bytes.make);
    // The origin is the batch itself, which would keep all its bytes alive.
    const { topic, partition, timestampType, context } = this.#origin;
    const copy = new KafkaRecord<K, V>(
      { topic, partition, timestampType, context },
      bytes,
      this.offset,
      this.timestamp,
      0,
      this.#keyLength,
      this.#valueStart - from,
      this.#valueLength,
      this.#end - from,
    );
    copy.#key = this.#key;
    copy.#value = this.#value;
    return copy;
  }

  #plain<H>(key: K, value: V, headers: H): Omit<PlainRecord<K, V>, "headers"> & { readonly headers: H } {
    const { topic, partition, offset, timestamp, timestampType } = this;
    return { topic, partition, offset, timestamp, timestampType, key, value, headers };
  }
}

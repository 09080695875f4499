import { KafkaError } from "../errors/kafka-error.ts";
import { type Headers, readHeaders } from "./headers.ts";

export type { Headers } from "./headers.ts";

/** Whether a record's timestamp was set by its producer or by the broker; messages of magic 0 have none. */
export type TimestampType = "CreateTime" | "LogAppendTime" | "NoTimestampType";

/** What all records of a batch share. */
export interface RecordOrigin {
  readonly topic: string;
  readonly partition: number;
  readonly timestampType: TimestampType;
}

const NOT_DECODED: unique symbol = Symbol("not decoded");

/**
 * A record: where its parts lie in the bytes of its batch. Key, value and headers are made when they are asked for, so that
 * reading a million records makes a million small objects and nothing else.
 *
 * The views keep the whole batch (of a fetch: the whole response) in memory; {@link detach} copies what is to be kept.
 */
export class KafkaRecord<K = Uint8Array | null, V = Uint8Array | null> {
  readonly #origin: RecordOrigin;
  readonly #bytes: Uint8Array;
  readonly #keyStart: number;
  readonly #keyLength: number;
  readonly #valueStart: number;
  readonly #valueLength: number;
  readonly #end: number;
  #key: K | typeof NOT_DECODED = NOT_DECODED;
  #value: V | typeof NOT_DECODED = NOT_DECODED;
  /** The record's offset in its partition; −1 where it is not known yet. */
  readonly offset: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;

  constructor(origin: RecordOrigin, bytes: Uint8Array, offset: number, timestamp: number, keyStart: number, keyLength: number, valueStart: number, valueLength: number, end: number) {
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

  /** Whether a value is a record, of this copy of the package or another: a process may load its ES modules and its CommonJS build. */
  static is(value: unknown): value is KafkaRecord<unknown, unknown> {
    if (value instanceof KafkaRecord) return true;
    return typeof value === "object" && value !== null && "timestampType" in value && typeof (value as { readonly detach?: unknown }).detach === "function";
  }

  get topic(): string {
    return this.#origin.topic;
  }

  get partition(): number {
    return this.#origin.partition;
  }

  get timestampType(): TimestampType {
    return this.#origin.timestampType;
  }

  /** The key: what the consumer's deserialiser made of it, or a view of its bytes, or null. */
  get key(): K {
    return this.#key === NOT_DECODED ? (this.keyBytes as K) : this.#key;
  }

  /** The value: what the consumer's deserialiser made of it, or a view of its bytes, or null. */
  get value(): V {
    return this.#value === NOT_DECODED ? (this.valueBytes as V) : this.#value;
  }

  /** The key as it is on the wire: a view, made anew at each call. */
  get keyBytes(): Uint8Array | null {
    return this.#keyLength < 0 ? null : viewOf(this.#bytes, this.#keyStart, this.#keyLength);
  }

  /** The value as it is on the wire: a view, made anew at each call. */
  get valueBytes(): Uint8Array | null {
    return this.#valueLength < 0 ? null : viewOf(this.#bytes, this.#valueStart, this.#valueLength);
  }

  /** Bytes of key and value together. */
  get payloadBytes(): number {
    return Math.max(0, this.#keyLength) + Math.max(0, this.#valueLength);
  }

  /** The headers, decoded at each call. Throws kind `corrupt` where they are malformed. */
  get headers(): Headers {
    const start = this.#valueStart + Math.max(0, this.#valueLength);
    if (start === this.#end) return []; // magic 0 and 1
    try {
      return readHeaders(this.#bytes, start, this.#end);
    } catch (error) {
      throw new KafkaError("corrupt", `the headers of the record at ${this.topic}-${this.partition} offset ${this.offset} are malformed: ${KafkaError.from(error).message}`, {
        cause: error,
        topic: this.topic,
        partition: this.partition,
        offset: this.offset,
      });
    }
  }

  /** Sets what the deserialisers made of key and value. For the consumer. */
  decoded(key: K, value: V): void {
    this.#key = key;
    this.#value = value;
  }

  /** The same record on memory of its own: keeping it keeps nothing else alive. */
  detach(): KafkaRecord<K, V> {
    const from = this.#keyStart;
    const bytes = viewOf(this.#bytes, from, this.#end - from).slice();
    // The origin is the batch itself: it would keep all of its bytes.
    const { topic, partition, timestampType } = this.#origin;
    const copy = new KafkaRecord<K, V>({ topic, partition, timestampType }, bytes, this.offset, this.timestamp, 0, this.#keyLength, this.#valueStart - from, this.#valueLength, this.#end - from);
    copy.#key = this.#key;
    copy.#value = this.#value;
    return copy;
  }
}

/** A Uint8Array also where the bytes are a Node Buffer, whose `slice` copies nothing. */
function viewOf(bytes: Uint8Array, start: number, length: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, length);
}

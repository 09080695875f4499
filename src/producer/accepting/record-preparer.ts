import { KafkaError } from "../../errors/kafka-error.ts";
import { MAX_INT32 } from "../../errors/shape.ts";
import { inWords, typeInWords } from "../../errors/words.ts";
import { recordSizeUpperBound } from "../../records/batch-builder.ts";
import type { Headers } from "../../records/record.ts";
import type { Utf8 } from "../../runtime/utf8.ts";
import type { Serde } from "../../serdes/serde.ts";
import { isBytes } from "../../wire/is-bytes.ts";
import type { ProducerRecord } from "../partition/delivery.ts";
import type { RecordParts } from "./packed-record.ts";
import { notARecord, unreadableRecord, withoutValue } from "./record-fields.ts";
import { HeadersReader } from "./record-headers.ts";

type Part = Uint8Array | string | null;

/** The bytes that the memory gate adds to key, value and headers: the maximum size of a record's varints. */
const OVERHEAD = 36;
const NO_HEADERS: Headers = Object.freeze([]);

/**
 * A record ready for its batch: serialised, checked, and with an upper bound of its size. One object is used for all
 * records in turn; a record that must wait is packed.
 */
export class PreparedRecord implements RecordParts {
  topic = "";
  /** The partition that the record names; −1 for none. */
  partition = -1;
  key: Part = null;
  value: Part = null;
  headers: Headers | undefined = undefined;
  /** −1 for now. */
  timestamp = -1;
  /** An upper bound of its size in a batch. */
  bytes = 0;
}

/** The limits of a record's size. */
export interface SizeLimits {
  readonly maxRequestSize: number;
  readonly bufferMemory: number;
}

/** Turns users' records into bytes. Throws kind `serialization` or `config`, with the topic and the field. */
export class RecordPreparer<K, V> {
  readonly #key: Serde<K> | undefined;
  readonly #value: Serde<V> | undefined;
  readonly #utf8: Utf8;
  readonly #headers: HeadersReader;
  readonly #limits: SizeLimits;
  readonly #maxBytes: number;
  readonly #prepared: PreparedRecord = new PreparedRecord();

  constructor(
    serdes: { readonly key?: Serde<K>; readonly value?: Serde<V> },
    utf8: Utf8,
    limits: SizeLimits,
    headers: HeadersReader = new HeadersReader(),
  ) {
    this.#key = serdes.key;
    this.#value = serdes.value;
    this.#utf8 = utf8;
    this.#limits = limits;
    this.#headers = headers;
    this.#maxBytes = Math.min(limits.maxRequestSize, limits.bufferMemory);
  }

  /** Prepares the record in an object that the next call reuses. */
  prepare(record: ProducerRecord<K, V>): PreparedRecord {
    try {
      return this.#prepare(record);
    } catch (error) {
      throw unreadableRecord(error);
    }
  }

  #prepare(record: ProducerRecord<K, V>): PreparedRecord {
    const p = this.#prepared;
    if (typeof record !== "object" || (record as unknown) === null) throw notARecord(record);
    const { topic } = record;
    if (typeof topic !== "string" || topic === "") throw notARecord(record);
    const headers = record.headers === undefined ? undefined : this.#headers.bytes(record.headers, topic);
    p.topic = topic;
    p.headers = headers;
    p.key = this.#part(this.#key, record.key, "key", topic, headers);
    const { value } = record;
    if (value === undefined) throw withoutValue(record, topic, this.#value !== undefined);
    p.value = this.#part(this.#value, value, "value", topic, headers);
    p.partition = record.partition === undefined ? -1 : whole(record.partition, "partition", topic, MAX_INT32);
    p.timestamp = record.timestamp === undefined ? -1 : whole(record.timestamp, "timestamp", topic);
    p.bytes =
      OVERHEAD +
      bound(p.key) +
      bound(p.value) +
      (headers === undefined ? 0 : recordSizeUpperBound(null, null, headers));
    if (p.bytes > this.#maxBytes) this.#checkSize(p);
    return p;
  }

  #part<T>(
    serde: Serde<T> | undefined,
    given: T | null | undefined,
    field: string,
    topic: string,
    headers: Headers | undefined,
  ): Part {
    if (given === undefined || given === null) return null;
    if (serde !== undefined) return this.#serialised(serde, given, field, topic, headers);
    if (given instanceof Uint8Array || typeof given === "string" || isBytes(given)) return given;
    throw unwritable(given, field, topic);
  }

  #serialised<T>(serde: Serde<T>, given: T, field: string, topic: string, headers: Headers | undefined): Part {
    try {
      const bytes = serde.serialize(given, { topic, headers: headers ?? NO_HEADERS, utf8: this.#utf8 });
      if (isBytes(bytes)) return bytes;
      const remedy = isPromise(bytes) ? "; serialize is synchronous: what must be waited for belongs into prepare" : "";
      throw new KafkaError("serialization", `its serde made ${typeInWords(bytes)}, not a Uint8Array${remedy}`);
    } catch (error) {
      throw new KafkaError(
        "serialization",
        `the ${field} of a record for topic ${topic} cannot be serialised: ${KafkaError.from(error).message}`,
        { cause: error, topic },
      );
    }
  }

  /** The upper bound counts three bytes for each UTF-16 unit; the text is measured only if that is too much. */
  #checkSize(p: PreparedRecord): void {
    p.bytes = recordSizeUpperBound(p.key, p.value, p.headers);
    if (p.bytes <= this.#maxBytes) return;
    const limit = this.#limits.maxRequestSize <= this.#limits.bufferMemory ? "maxRequestSize" : "bufferMemory";
    throw new KafkaError(
      "config",
      `a record for topic ${p.topic} takes up to ${p.bytes} bytes, and ${limit} is ${this.#maxBytes}: it can ` +
        "never be sent",
      { topic: p.topic, outcome: "notWritten" },
    );
  }
}

/** The record's topic, after checking that it is a record. Throws kind `config`. */
export function topicOf(record: { readonly topic: string }): string {
  try {
    const topic = typeof record === "object" && (record as unknown) !== null ? record.topic : undefined;
    if (typeof topic === "string" && topic !== "") return topic;
    throw notARecord(record);
  } catch (error) {
    throw unreadableRecord(error);
  }
}

/** Errors of the hot path are made in separate functions, because the engine inlines only short functions. */
function unwritable(given: unknown, field: string, topic: string): KafkaError {
  return new KafkaError(
    "serialization",
    `the ${field} of a record for topic ${topic} is ${typeInWords(given)}: without a serde it must be a string, ` +
      `a Uint8Array or null; pass one as the producer's option "${field}", for example json()`,
    { topic },
  );
}

function isPromise(value: unknown): boolean {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}

function bound(part: Part): number {
  return part === null ? 0 : typeof part === "string" ? part.length * 3 : part.length;
}

function whole(value: number, field: string, topic: string, most = Number.MAX_SAFE_INTEGER): number {
  if (Number.isSafeInteger(value) && value >= 0 && value <= most) return value;
  throw new KafkaError(
    "config",
    `the ${field} of a record for topic ${topic} must be a whole number from ` +
      `0${most === MAX_INT32 ? ` to ${most}` : ""}, not ${inWords(value)}`,
    { topic, outcome: "notWritten" },
  );
}

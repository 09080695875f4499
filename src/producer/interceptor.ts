import { callUser } from "../cluster/user-callback.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { unknownName } from "../errors/shape.ts";
import type { LogLevel } from "../runtime/platform.ts";
import type { HeadersInput, ProducerRecord } from "./partition/delivery.ts";
import { unreadableRecord } from "./accepting/record-fields.ts";
import type { HeadersReader } from "./accepting/record-headers.ts";

/**
 * A record as an interceptor sees it, before it is serialised. It is a copy: changes do not reach the caller's object.
 */
export interface OutgoingRecord<K, V> {
  /** The name of the topic. Another name sends the record there. */
  topic: string;
  /** The key, before serialisation; null for none. */
  key: K | null;
  /** The value, before serialisation; null for a tombstone. */
  value: V | null;
  /** The headers, in order and with duplicates. You may change the list. Text is written as UTF-8. */
  headers: [name: string, value: Uint8Array | string | null][];
  /** The number of the partition; undefined lets the partitioner choose. */
  partition: number | undefined;
  /** The timestamp, in ms since the epoch; undefined for the time of sending. */
  timestamp: number | undefined;
}

/** Sees each record before it is sent, for tracing or auditing, and may change it. Java: `ProducerInterceptor`. */
export interface ProducerInterceptor<K, V> {
  /**
   * Called by `send` and `enqueue` for each record before it is serialised, interceptor by interceptor; called again if
   * `enqueue` had no room and the record is offered again. Change the record in place: if `onSend` returns a record, or
   * leaves unknown fields in it, the record is refused with kind `config`. If `onSend` throws, or its promise rejects,
   * the error is logged and the record is sent as it stands. The promise is not awaited. Java: `onSend`.
   */
  onSend(record: OutgoingRecord<K, V>): void;
}

const FIELDS = ["topic", "key", "value", "headers", "partition", "timestamp"] as const;

/** Returns the function that runs the interceptors in order; undefined if there are none. */
export function interceptionOf<K, V>(
  given: readonly ProducerInterceptor<K, V>[] | undefined,
  reader: HeadersReader,
  log: (level: LogLevel, message: string) => void,
): ((record: ProducerRecord<K, V>) => ProducerRecord<K, V>) | undefined {
  if (given === undefined || given.length === 0) return undefined;
  const interceptors = [...given];
  return (record) => intercepted(record, interceptors, reader, log);
}

/**
 * Returns the record as the interceptors leave it; the caller's record stays unchanged. Throws kind `config` if they
 * leave or return something that is not a valid record.
 */
function intercepted<K, V>(
  record: ProducerRecord<K, V>,
  interceptors: readonly ProducerInterceptor<K, V>[],
  reader: HeadersReader,
  log: (level: LogLevel, message: string) => void,
): ProducerRecord<K, V> {
  // Something that is no record at all is rejected by the checks that follow.
  if (typeof record !== "object" || (record as unknown) === null) return record;
  const outgoing = outgoingOf(record, reader);
  if ((outgoing.value as unknown) === undefined || typeof (outgoing.topic as unknown) !== "string") return record;
  const { topic } = outgoing;
  for (const interceptor of interceptors) {
    let returned: unknown;
    const call = (record: OutgoingRecord<K, V>): unknown => (returned = interceptor.onSend(record));
    callUser("an interceptor's onSend", call, outgoing, (level, message) =>
      log(level, `a record of topic ${topic}: ${message}`),
    );
    if (returned !== outgoing && returned !== outgoing.value && isRecord(returned))
      throw new KafkaError(
        "config",
        "an interceptor's onSend returned a record: it must change the given record in place",
        { topic, outcome: "notWritten" },
      );
  }
  return checked(outgoing);
}

/** A copy of the record that interceptors may change. */
function outgoingOf<K, V>(record: ProducerRecord<K, V>, reader: HeadersReader): OutgoingRecord<K, V> {
  try {
    const { topic, key = null, value, partition, timestamp } = record;
    const headers =
      record.headers === undefined
        ? []
        : reader.list(record.headers, topic).map(([name, one]): [string, Uint8Array | string | null] => [name, one]);
    return { topic, key, value, headers, partition, timestamp };
  } catch (error) {
    throw unreadableRecord(error);
  }
}

/** Checks the record that the interceptors left in the same way as a user's record. */
function checked<K, V>(outgoing: OutgoingRecord<K, V>): ProducerRecord<K, V> {
  const unknown = unknownName(
    outgoing,
    "the record that interceptors left",
    FIELDS,
    { noun: "field" },
    { outcome: "notWritten" },
  );
  if (unknown !== undefined) throw unknown;
  const { topic, key, value, partition, timestamp } = outgoing;
  const headers = outgoing.headers as HeadersInput | undefined;
  return {
    topic,
    key,
    value,
    ...(headers === undefined || (Array.isArray(headers) && headers.length === 0) ? {} : { headers }),
    ...(partition === undefined ? {} : { partition }),
    ...(timestamp === undefined ? {} : { timestamp }),
  };
}

function isRecord(value: unknown): boolean {
  return typeof value === "object" && value !== null && "topic" in value;
}

import { callUser } from "../cluster/user-callback.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { unknownName } from "../errors/shape.ts";
import type { LogLevel } from "../runtime/platform.ts";
import type { HeadersInput, ProducerRecord } from "./partition/delivery.ts";
import { unreadableRecord } from "./accepting/record-fields.ts";
import type { HeadersReader } from "./accepting/record-headers.ts";

/**
 * A record on its way into the producer, before its serdes see it. It is a copy: what is changed here the caller does
 * not see.
 */
export interface OutgoingRecord<K, V> {
  topic: string;
  key: K | null;
  value: V | null;
  /** In order, duplicates kept: push to it, or take from it. Text is written as UTF-8. */
  headers: [name: string, value: Uint8Array | string | null][];
  partition: number | undefined;
  timestamp: number | undefined;
}

/** Looks at records on their way, for tracing or auditing, and may change them. Java: `ProducerInterceptor`. */
export interface ProducerInterceptor<K, V> {
  /**
   * Called with each record before it is serialised, in the order of the interceptors, inside `send` and `enqueue`;
   * again when `enqueue` had no room and the record comes again. What it throws, or its promise rejects with, is
   * logged, and the record goes on as it is when `onSend` has returned: a promise is not waited for. It must change the
   * record that it is given: a record that it returns, or fields that records do not have, refuse the record with kind
   * `config`.
   */
  onSend(record: OutgoingRecord<K, V>): void;
}

const FIELDS = ["topic", "key", "value", "headers", "partition", "timestamp"] as const;

/** What interceptors make of a record, one after the other; undefined without any. */
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
 * The record as the interceptors leave it. The caller's own is not changed. Throws kind `config` for what they leave or
 * return that is no record.
 */
function intercepted<K, V>(
  record: ProducerRecord<K, V>,
  interceptors: readonly ProducerInterceptor<K, V>[],
  reader: HeadersReader,
  log: (level: LogLevel, message: string) => void,
): ProducerRecord<K, V> {
  // What is no record at all is named by the checks that every record passes.
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
        "an interceptor's onSend returned a record, which is not sent: it must change the one that it is given",
        { topic, outcome: "notWritten" },
      );
  }
  return checked(outgoing);
}

/** A copy of the record for interceptors to change. */
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

/** Checks the record that the interceptors left, as any record of a user. */
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

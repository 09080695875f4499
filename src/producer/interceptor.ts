import { callUser } from "../cluster/user-callback.ts";
import type { LogLevel } from "../runtime/platform.ts";
import type { HeadersInput, ProducerRecord } from "./delivery.ts";

/** A record on its way into the producer, before its serdes see it. It is a copy: what is changed here the caller does not see. */
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
   * Called with each record before it is serialised, in the order of the interceptors, inside `send` and `enqueue`; again when
   * `enqueue` had no room and the record comes again. What it throws, or its promise rejects
   * with, is logged, and the record goes on as it is when `onSend` has returned: a promise is not waited for.
   */
  onSend(record: OutgoingRecord<K, V>): void;
}

/** The record as the interceptors leave it. The caller's own is not changed. */
export function intercepted<K, V>(record: ProducerRecord<K, V>, interceptors: readonly ProducerInterceptor<K, V>[], log: (level: LogLevel, message: string) => void): ProducerRecord<K, V> {
  // What is no record at all is named by the checks that every record passes.
  if (typeof record !== "object" || (record as unknown) === null || !hasReadableHeaders(record.headers)) return record;
  const { topic, key = null, value = null, partition, timestamp } = record;
  const outgoing: OutgoingRecord<K, V> = { topic, key, value, headers: listOf(record.headers), partition, timestamp };
  for (const interceptor of interceptors) {
    callUser("an interceptor's onSend", (record: OutgoingRecord<K, V>) => interceptor.onSend(record), outgoing, (level, message) => log(level, `a record of topic ${topic}: ${message}`));
  }
  const { headers } = outgoing;
  return {
    topic: outgoing.topic,
    key: outgoing.key,
    value: outgoing.value,
    ...(headers.length === 0 ? {} : { headers: headers as unknown as HeadersInput }),
    ...(outgoing.partition === undefined ? {} : { partition: outgoing.partition }),
    ...(outgoing.timestamp === undefined ? {} : { timestamp: outgoing.timestamp }),
  };
}

function hasReadableHeaders(headers: HeadersInput | undefined): boolean {
  if (headers === undefined) return true;
  return typeof headers === "object" && (headers as unknown) !== null && !(headers instanceof Map) && (!Array.isArray(headers) || headers.every((header) => Array.isArray(header)));
}

function listOf(headers: HeadersInput | undefined): OutgoingRecord<never, never>["headers"] {
  if (headers === undefined) return [];
  const entries = (Array.isArray(headers) ? headers : Object.entries(headers)) as readonly (readonly [string, Uint8Array | string | null])[];
  return entries.map(([name, value]) => [name, value]);
}

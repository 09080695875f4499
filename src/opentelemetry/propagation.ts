import {
  type Context,
  context,
  type Link,
  propagation,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  trace,
} from "@opentelemetry/api";
import type { HeadersReader, GivenHeader } from "../producer/accepting/record-headers.ts";
import type { ProducerRecord } from "../producer/partition/delivery.ts";
import type { KafkaRecord } from "../records/record.ts";
import { utf8Decode } from "../wire/utf8.ts";

/** Reads and writes contexts: the global propagator is one, and every propagator. */
export type Propagator = Pick<TextMapPropagator, "fields" | "inject" | "extract">;

/** The propagator that the program has registered. */
export const globalPropagator: Propagator = {
  fields: () => propagation.fields(),
  inject: (from, carrier, setter) => propagation.inject(from, carrier, setter),
  extract: (into, carrier, getter) => propagation.extract(into, carrier, getter),
};

type Carrier = GivenHeader[];

const SETTER: TextMapSetter<Carrier> = {
  set: (carrier, name, value) => {
    carrier.push([name, value]);
  },
};

/** Of several headers of one name the last counts, as for Java's `lastHeader`. */
const GETTER: TextMapGetter<Carrier> = {
  keys: (carrier) => [...new Set(carrier.map(([name]) => name))],
  get: (carrier, wanted) => {
    const value = carrier.filter(([name]) => name === wanted).at(-1)?.[1];
    return value === null || value === undefined || typeof value === "string"
      ? (value ?? undefined)
      : utf8Decode(value);
  },
};

/** The context that a record carries, on top of `base`; `base` itself if it carries none, or broken headers. */
export function contextOf(propagator: Propagator, record: KafkaRecord<unknown, unknown>, base: Context): Context {
  let headers: Carrier;
  try {
    headers = [...record.headers];
  } catch {
    return base; // the application sees the error where it reads the headers
  }
  return headers.length === 0 ? base : propagator.extract(base, headers, GETTER);
}

/** A link to the context in which a record was created; undefined if it carries none. */
export function linkTo(carried: Context): Link | undefined {
  const spanContext = trace.getSpanContext(carried);
  return spanContext === undefined ? undefined : { context: spanContext };
}

/** A record about to be sent: its own context, if it has one already, and the record with a context in its headers. */
export interface Outgoing<K, V> {
  /** The context that the application, or the origin of a forwarded record, has put in. It is not changed. */
  readonly own: Context | undefined;
  /** The record with this context in its headers. The caller's record stays as it is. */
  withContext(from: Context): ProducerRecord<K, V>;
}

/** Reads the headers of a record. Undefined for a record that cannot be read: sending it reports the error. */
export function outgoing<K, V>(
  propagator: Propagator,
  reader: HeadersReader,
  record: ProducerRecord<K, V>,
): Outgoing<K, V> | undefined {
  let headers: readonly GivenHeader[];
  let fields: ProducerRecord<K, V>;
  try {
    headers = record.headers === undefined ? [] : reader.list(record.headers, record.topic);
    fields = fieldsOf(record);
  } catch {
    return undefined;
  }
  const names = propagator.fields();
  const isOwn = headers.some(([name]) => names.includes(name) && name !== "baggage");
  return {
    own: isOwn ? propagator.extract(context.active(), [...headers], GETTER) : undefined,
    withContext: (from) => {
      const carrier: Carrier = [];
      propagator.inject(from, carrier, SETTER);
      return { ...fields, headers: [...headers, ...carrier] };
    },
  };
}

/** The fields of a record as an object of its own; those of a consumer's record are not properties of its own. */
function fieldsOf<K, V>(record: ProducerRecord<K, V>): ProducerRecord<K, V> {
  const prototype: unknown = Object.getPrototypeOf(record);
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return { ...record };
  const { key, partition, timestamp, topic, value } = record;
  return {
    topic,
    value,
    ...(key === undefined ? {} : { key }),
    ...(partition === undefined ? {} : { partition }),
    ...(timestamp === undefined ? {} : { timestamp }),
  };
}

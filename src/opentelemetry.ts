// `odradek/opentelemetry`: spans, metrics and contexts in headers. Only this entry imports `@opentelemetry/api`.
import { metrics, type MeterProvider, type TextMapPropagator, trace, type TracerProvider } from "@opentelemetry/api";
import { KafkaError } from "./errors/kafka-error.ts";
import { callback, flag, shape, wholeFrom, withMethods } from "./errors/shape.ts";
import type { Consumer } from "./consumer/consumer.ts";
import type { ObservedClient } from "./hooks/hook-sites.ts";
import type { AnyKafka } from "./kafka.ts";
import { SOFTWARE_NAME, SOFTWARE_VERSION } from "./network/software.ts";
import { observableOf } from "./observing/watch-clients.ts";
import { measureProducer } from "./opentelemetry/client-metrics.ts";
import { instrumentConsumer } from "./opentelemetry/consumer-calls.ts";
import { processRecord } from "./opentelemetry/consumer-spans.ts";
import { SCHEMA_URL } from "./opentelemetry/conventions.ts";
import { instrumentProducer } from "./opentelemetry/producer-spans.ts";
import { globalPropagator } from "./opentelemetry/propagation.ts";
import { replaceMethod, type Switch } from "./opentelemetry/replaced-methods.ts";
import { traceSendAll } from "./opentelemetry/send-all-spans.ts";
import { Telemetry } from "./opentelemetry/telemetry.ts";
import type { Producer } from "./producer/producer.ts";
import type { KafkaRecord } from "./records/record.ts";

/** Options of {@link openTelemetry}. */
export interface OpenTelemetryOptions {
  /** Makes the spans. Default: the provider that the program has registered. */
  readonly tracerProvider?: TracerProvider;
  /**
   * Makes the metrics. Default: the provider that the program has registered, which must be done before
   * {@link openTelemetry} is called: the API has no metrics before that.
   */
  readonly meterProvider?: MeterProvider;
  /** Writes contexts into headers and reads them. Default: the propagator that the program has registered, W3C's. */
  readonly propagator?: TextMapPropagator;
  /**
   * Whether the context that a record carries becomes the parent of the span in which it is processed, if no other span
   * is active then: producers and consumers are in one trace. Default false, as the conventions recommend: the span
   * links to that context, and belongs to a trace of its own.
   */
  readonly joinTraces?: boolean;
  /** Whether spans have the keys of records, if they are texts. Default false: keys may be personal data. */
  readonly messageKeys?: boolean;
  /** Whether the loops of a consumer have a span `receive` for each record or batch. Default true. */
  readonly receiveSpans?: boolean;
  /** The largest number of links of the span of a batch. Default 128, as that of OpenTelemetry's SDK. */
  readonly maxLinks?: number;
}

/** Clients that can be instrumented: those that a `Kafka` creates from now on, or a single one. */
export type OpenTelemetryTarget = AnyKafka | Producer<never, never> | Consumer<unknown, unknown>;

/** Spans and metrics of clients. See {@link openTelemetry}. */
export interface OpenTelemetry {
  /**
   * Traces and measures a producer or a consumer, or all that a `Kafka` creates from now on. It replaces methods of
   * these objects: `send` and `enqueue`; `run`, `records`, `batches` and `partition`. Returns a function that ends it.
   * A second call for the same object does nothing. Throws kind `config` for anything else, and `closed` for what is
   * closed.
   */
  instrument(target: OpenTelemetryTarget): () => void;
  /**
   * Calls a function for one record in a span `process`, a child of the active span, which links to the context that
   * the record carries. For the records of a batch, and in loops, also those of `partition`; `eachRecord` has such a
   * span already. Returns what the function returns; if that is a promise, the span ends with it.
   */
  processRecord<T>(record: KafkaRecord<unknown, unknown>, body: () => T): T;
}

const OPTIONS = shape({
  tracerProvider: withMethods("getTracer"),
  meterProvider: withMethods("getMeter"),
  propagator: withMethods("inject", "extract", "fields"),
  joinTraces: flag,
  messageKeys: flag,
  receiveSpans: flag,
  maxLinks: wholeFrom(0),
});

/**
 * Traces and measures clients with OpenTelemetry, by the semantic conventions for messaging of version 1.45, which are
 * not stable yet. Contexts travel in the headers of records. docs/opentelemetry.md lists spans, attributes and metrics.
 * Needs the package `@opentelemetry/api`, 1.9 or later. Throws kind `config` for a wrong option.
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): OpenTelemetry {
  OPTIONS(options, "openTelemetry");
  const { joinTraces = false, maxLinks = 128, messageKeys = false, receiveSpans = true } = options;
  const { propagator = globalPropagator } = options;
  const schema = { schemaUrl: SCHEMA_URL };
  const telemetry = new Telemetry(
    (options.tracerProvider ?? trace.getTracerProvider()).getTracer(SOFTWARE_NAME, SOFTWARE_VERSION, schema),
    (options.meterProvider ?? metrics.getMeterProvider()).getMeter(SOFTWARE_NAME, SOFTWARE_VERSION, schema),
    propagator,
    { joinsTraces: joinTraces, hasKeys: messageKeys, hasReceiveSpans: receiveSpans, maxLinks },
  );
  const known = new WeakMap<object, { readonly at: Switch; readonly end: () => void }>();
  const begin = (target: object, at: Switch): (() => void) => {
    const { clients, isClosed, observers } = observableOf(target, "instrument");
    if (isClosed) throw new KafkaError("closed", "instrument: the object to instrument was closed");
    const before = known.get(target);
    if (before?.at.isOn === true) return before.end;
    const end = (): void => {
      at.isOn = false;
    };
    if (observers === undefined) instrumentClient(telemetry, target, [...clients][0], at);
    else
      for (const name of ["producer", "consumer"] as const)
        replaceMethod<(options?: never) => object>(target, name, at, (create) => (options) => {
          const made = create(options);
          begin(made, at);
          return made;
        });
    known.set(target, { at, end });
    return end;
  };
  return {
    instrument: (target) => begin(target, { isOn: true }),
    processRecord: (record, body) => {
      callback(body, "processRecord: its function");
      if (typeof (record as Partial<KafkaRecord> | null)?.topic !== "string")
        throw new KafkaError("config", "processRecord takes a record of a consumer and a function");
      return processRecord(telemetry, record, body);
    },
  };
}

function instrumentClient(telemetry: Telemetry, target: object, client: ObservedClient | undefined, at: Switch): void {
  if (client === undefined || client.kind === "admin")
    throw new KafkaError("config", "instrument takes a Kafka, a producer or a consumer: an admin has no records");
  if (client.kind === "consumer") return instrumentConsumer(telemetry, target, client, at);
  instrumentProducer(telemetry, target, client, at);
  traceSendAll(telemetry, target, client, at);
  measureProducer(telemetry, client, at);
}

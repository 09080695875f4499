// OpenTelemetry's instrumentation of kafkajs. BOOTSTRAP PREFIX: prints the spans and metrics as one line of JSON.
import { createRequire } from "node:module";
import { SpanKind, SpanStatusCode, context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { registerInstrumentations } from "@opentelemetry/instrumentation";
import { KafkaJsInstrumentation } from "@opentelemetry/instrumentation-kafkajs";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { traced } from "./traced.mjs";

const [bootstrap, prefix] = process.argv.slice(2);
// The package of version 3 of the SDK, or that of version 2.
const sdk = await import("@opentelemetry/sdk-trace").catch(() => import("@opentelemetry/sdk-trace-node"));
const exporter = new sdk.InMemorySpanExporter();
const Provider = sdk.TracerProvider ?? sdk.NodeTracerProvider;
const provider = new Provider({
  spanProcessors: [new sdk.SimpleSpanProcessor(sdk.TracerProvider === undefined ? exporter : { exporter })],
});
trace.setGlobalTracerProvider(provider);
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter: metricExporter, exportIntervalMillis: 1_000_000 });
const meterProvider = new MeterProvider({ readers: [reader] });
const notes = [];
registerInstrumentations({
  tracerProvider: provider,
  meterProvider,
  instrumentations: [
    new KafkaJsInstrumentation({
      producerHook: (span, { topic }) => span.setAttribute("hook.producer", topic),
      consumerHook: (span, { topic }) => span.setAttribute("hook.consumer", topic),
    }),
  ],
});
const kafkajs = createRequire(import.meta.url)("kafkajs");
const tracer = trace.getTracer("application");

const done = await traced({
  ...{ kafkajs, bootstrap, prefix },
  inTransaction: (name, call) =>
    tracer.startActiveSpan(name, async (span) => {
      try {
        return await call();
      } finally {
        span.end();
      }
    }),
  noteHandler: (name, message) =>
    notes.push({
      name,
      headers: Object.keys(message.headers).sort(),
      span: trace.getSpan(context.active())?.spanContext().spanId ?? "none",
    }),
});

const spans = exporter.getFinishedSpans();
await reader.forceFlush();
const metrics = metricExporter
  .getMetrics()
  .at(-1)
  .scopeMetrics.flatMap((scope) => scope.metrics)
  .flatMap(({ descriptor: { name, unit }, dataPoints }) =>
    dataPoints.map(({ attributes, value }) => ({
      ...{ name, unit, attributes },
      value: typeof value === "number" ? value : value.count,
    })),
  );
console.log(
  JSON.stringify({
    done,
    notes,
    metrics,
    spans: spans.map((span) => ({
      name: span.name,
      kind: SpanKind[span.kind],
      id: span.spanContext().spanId,
      traceId: span.spanContext().traceId,
      parent: span.parentSpanContext?.spanId,
      links: span.links.map(({ context: { spanId } }) => spanId),
      attributes: span.attributes,
      status: SpanStatusCode[span.status.code],
      text: span.status.message,
      events: span.events.map(({ name, attributes }) => [name, attributes?.["exception.type"]]),
    })),
  }),
);
await provider.shutdown();
await meterProvider.shutdown();

// OpenTelemetry in memory: finished spans, and the values of metrics.
import assert from "node:assert/strict";
import { type Attributes, context, propagation } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from "@opentelemetry/core";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { openTelemetry, type OpenTelemetry, type OpenTelemetryOptions } from "../../src/opentelemetry.ts";

/** Registers the parts of OpenTelemetry that are global. Once in a process. */
export function registerGlobals(): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(
    new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
  );
}

/** One metric of one set of attributes. */
interface Point {
  readonly attributes: Attributes;
  readonly value: number | { readonly count: number; readonly sum?: number };
}

/**
 * Reads metrics when a test asks. OpenTelemetry's own in-memory exporter answers by a timer of the host, and in virtual
 * time a test that waits for that finds, now and then, that no event is left before the timer has fired.
 */
class ReaderOnDemand extends MetricReader {
  protected override async onForceFlush(): Promise<void> {
    // Nothing is kept that a flush could send.
  }

  protected override async onShutdown(): Promise<void> {
    // There is no timer that a shutdown could stop.
  }
}

/** Providers that keep spans and metrics, and the telemetry that uses them. */
export class Recorded {
  readonly provider: BasicTracerProvider;
  readonly telemetry: OpenTelemetry;
  readonly #spans = new InMemorySpanExporter();
  readonly #metrics = new ReaderOnDemand();
  readonly #meters: MeterProvider;

  constructor(options: OpenTelemetryOptions = {}) {
    this.provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(this.#spans)] });
    this.#meters = new MeterProvider({ readers: [this.#metrics] });
    this.telemetry = openTelemetry({ tracerProvider: this.provider, meterProvider: this.#meters, ...options });
  }

  /** The spans that have ended, in this order. */
  spans(name?: string | RegExp): readonly ReadableSpan[] {
    const all = this.#spans.getFinishedSpans();
    if (name === undefined) return all;
    return all.filter((span) => (typeof name === "string" ? span.name === name : name.test(span.name)));
  }

  /** The only span of this name. */
  one(name: string): ReadableSpan {
    const [span, ...more] = this.spans(name);
    assert.ok(span !== undefined && more.length === 0, `${this.spans(name).length} spans ${name}`);
    return span;
  }

  /** The points of a metric. */
  async points(name: string): Promise<readonly Point[]> {
    const { resourceMetrics } = await this.#metrics.collect();
    return resourceMetrics.scopeMetrics
      .flatMap(({ metrics }) => metrics)
      .filter(({ descriptor }) => descriptor.name === name)
      .flatMap(({ dataPoints }) => dataPoints as readonly Point[]);
  }

  async close(): Promise<void> {
    await this.#meters.shutdown();
    await this.provider.shutdown();
  }
}

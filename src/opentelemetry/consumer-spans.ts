import { type Attributes, context, type Context, propagation, type Span, SpanKind, trace } from "@opentelemetry/api";
import type { ConsumedBatch } from "../consumer/reading/consumed-batch.ts";
import type { RunBatchOptions, RunOptions, RunRecordOptions } from "../consumer/reading/run/options.ts";
import type { ObservedClient } from "../hooks/hook-sites.ts";
import type { KafkaRecord } from "../records/record.ts";
import { BATCH_MESSAGE_COUNT, DESTINATION_PARTITION_ID } from "./conventions.ts";
import { errorAttributes, failSpan } from "./operation-error.ts";
import { contextOf, linkTo } from "./propagation.ts";
import { clientAttributes, operationAttributes, recordAttributes, type Telemetry } from "./telemetry.ts";

type AnyRecord = KafkaRecord<unknown, unknown>;
type AnyBatch = ConsumedBatch<unknown, unknown>;

/** The spans in which records and batches of one consumer are processed. */
export class ConsumerSpans {
  readonly #telemetry: Telemetry;
  readonly #client: ObservedClient;

  constructor(telemetry: Telemetry, client: ObservedClient) {
    this.#telemetry = telemetry;
    this.#client = client;
  }

  /** The options of `run`, with a span around each call of the application's function. */
  around(options: RunOptions<unknown, unknown>): RunOptions<unknown, unknown> {
    const { eachBatch, eachRecord } = options;
    if (typeof eachRecord === "function") {
      const each: RunRecordOptions<unknown, unknown>["eachRecord"] = (record, run) => {
        this.#telemetry.consumed.add(1, this.#attributes(record.topic, "process"));
        return processRecord(this.#telemetry, record, () => eachRecord(record, run), this.#client);
      };
      return { ...options, eachRecord: each };
    }
    if (typeof eachBatch !== "function") return options;
    const each: RunBatchOptions<unknown, unknown>["eachBatch"] = (batch, run) =>
      this.#processBatch(batch, (watched) => eachBatch(watched, run));
    return { ...options, eachBatch: each };
  }

  /** A record was handed to a loop, for which the application had waited since then (monotonic and wall ms). */
  received(record: AnyRecord, sinceMs: number, startMs: number): void {
    const { topic } = record;
    this.#telemetry.sources.set(record, this.#client);
    this.#waited(topic, sinceMs);
    this.#telemetry.consumed.add(1, this.#attributes(topic, "receive"));
    if (!this.#telemetry.settings.hasReceiveSpans) return;
    const link = linkTo(contextOf(this.#telemetry.propagator, record, context.active()));
    this.#receive(topic, recordAttributes(this.#telemetry.settings, record), link, startMs);
  }

  /** A batch was handed to a loop. Its records are counted as the application reads them. */
  receivedBatch(batch: AnyBatch, sinceMs: number, startMs: number): AnyBatch {
    const { partition, topic } = batch;
    this.#waited(topic, sinceMs);
    // Its records are decoded when the application reads them, so there is nothing to link to yet.
    if (this.#telemetry.settings.hasReceiveSpans)
      this.#receive(topic, { [DESTINATION_PARTITION_ID]: String(partition) }, undefined, startMs);
    const attributes = this.#attributes(topic, "receive");
    return watchedBatch(batch, (record, isFirst) => {
      this.#telemetry.sources.set(record, this.#client);
      if (isFirst) this.#telemetry.consumed.add(1, attributes);
    });
  }

  #receive(topic: string, more: Attributes, link: ReturnType<typeof linkTo>, startMs: number): void {
    const attributes = { ...this.#attributes(topic, "receive"), ...clientAttributes(this.#client), ...more };
    const parent = context.active();
    this.#telemetry.start(`receive ${topic}`, SpanKind.CLIENT, attributes, parent, [link], startMs).span.end();
  }

  #waited(topic: string, sinceMs: number): void {
    const seconds = (this.#client.clock.monotonic() - sinceMs) / 1000;
    this.#telemetry.operationDuration.record(seconds, this.#attributes(topic, "receive"));
  }

  /** One span for a batch. It gets a link to the context of each record while the application reads the records. */
  #processBatch(batch: AnyBatch, body: (batch: AnyBatch) => Promise<void> | void): Promise<void> | void {
    const telemetry = this.#telemetry;
    const { partition, topic } = batch;
    const attributes = {
      ...this.#attributes(topic, "process"),
      ...clientAttributes(this.#client),
      [DESTINATION_PARTITION_ID]: String(partition),
    };
    const base = context.active();
    const { span, within } = telemetry.start(`process ${topic}`, SpanKind.CONSUMER, attributes, base);
    const consumed = this.#attributes(topic, "process");
    let [count, links] = [0, 0];
    const watched = watchedBatch(batch, (record, isFirst) => {
      telemetry.sources.set(record, this.#client);
      if (!isFirst) return;
      count++;
      telemetry.consumed.add(1, consumed);
      if (links >= telemetry.settings.maxLinks || !span.isRecording()) return;
      const link = linkTo(contextOf(telemetry.propagator, record, base));
      if (link === undefined) return;
      links++;
      span.addLink(link);
    });
    return inSpan(
      telemetry,
      this.#client,
      topic,
      span,
      within,
      () => body(watched),
      () => {
        span.setAttribute(BATCH_MESSAGE_COUNT, count);
      },
    );
  }

  #attributes(topic: string, type: "process" | "receive"): Attributes {
    return operationAttributes(this.#client, type, topic);
  }
}

/**
 * Calls a function in a span of its own for one record, with the record's baggage. The span links to the context that
 * the record carries, or has it as its parent where traces are joined and no other span is active.
 */
export function processRecord<T>(
  telemetry: Telemetry,
  record: AnyRecord,
  body: () => T,
  client: ObservedClient | undefined = telemetry.sources.get(record),
): T {
  const { propagator, settings } = telemetry;
  const base = context.active();
  const carried = contextOf(propagator, record, base);
  const isJoined = settings.joinsTraces && trace.getSpanContext(base) === undefined;
  const baggage = propagation.getBaggage(carried);
  const parent: Context = isJoined ? carried : baggage === undefined ? base : propagation.setBaggage(base, baggage);
  // Without a context of its own the record has that of `base`, to which the span belongs anyway.
  const link = carried === base ? undefined : linkTo(carried);
  const attributes = {
    ...operationAttributes(client, "process", record.topic),
    ...clientAttributes(client),
    ...recordAttributes(settings, record),
  };
  const { span, within } = telemetry.start(`process ${record.topic}`, SpanKind.CONSUMER, attributes, parent, [link]);
  return inSpan(telemetry, client, record.topic, span, within, body);
}

/** Calls a function in a span that ends with it, or with its promise. */
function inSpan<T>(
  { processDuration }: Telemetry,
  client: ObservedClient | undefined,
  topic: string,
  span: Span,
  within: Context,
  body: () => T,
  beforeEnd?: () => void,
): T {
  const clock = client?.clock;
  const startMs = clock?.monotonic() ?? 0;
  const end = (error?: unknown): void => {
    beforeEnd?.();
    if (error !== undefined) failSpan(span, error);
    const attributes = { ...operationAttributes(client, "process", topic), ...errorAttributes(error) };
    if (clock !== undefined) processDuration.record((clock.monotonic() - startMs) / 1000, attributes);
    span.end();
  };
  let result: T;
  try {
    result = context.with(within, body);
  } catch (error) {
    end(error ?? new Error("nothing"));
    throw error;
  }
  if (typeof (result as Partial<PromiseLike<unknown>> | undefined)?.then !== "function") {
    end();
    return result;
  }
  return (result as PromiseLike<unknown>).then(
    (value) => {
      end();
      return value;
    },
    (error: unknown) => {
      end(error ?? new Error("nothing"));
      throw error;
    },
  ) as T;
}

/** A batch that reports each record that the application reads, and whether it is read for the first time. */
function watchedBatch(batch: AnyBatch, seen: (record: AnyRecord, isFirst: boolean) => void): AnyBatch {
  let last = -1;
  const { baseOffset, context, highWatermark, lastOffset, partition, topic } = batch;
  return {
    ...{ baseOffset, context, highWatermark, lastOffset, partition, topic },
    records: {
      *[Symbol.iterator]() {
        for (const record of batch.records) {
          seen(record, record.offset > last);
          last = Math.max(last, record.offset);
          yield record;
        }
      },
    },
  };
}

import { type Attributes, context, type Context, propagation, type Span, SpanKind, trace } from "@opentelemetry/api";
import type { ConsumedBatch } from "../consumer/reading/consumed-batch.ts";
import type {
  RunBatchesOptions,
  RunBatchOptions,
  RunOptions,
  RunRecordOptions,
} from "../consumer/reading/run/options.ts";
import type { ObservedClient } from "../hooks/hook-sites.ts";
import type { KafkaRecord } from "../records/record.ts";
import { BATCH_MESSAGE_COUNT, DESTINATION_PARTITION_ID } from "./conventions.ts";
import { errorAttributes, failSpan } from "./operation-error.ts";
import { contextOf, linkTo } from "./propagation.ts";
import { clientAttributes, operationAttributes, recordAttributes, type Telemetry } from "./telemetry.ts";

type AnyRecord = KafkaRecord<unknown, unknown>;
type AnyBatch = ConsumedBatch<unknown, unknown>;
type Place = Pick<AnyBatch, "topic" | "partition">;
/** The place that several records may have in common. */
interface SharedPlace {
  readonly topic: string | undefined;
  readonly partition: number | undefined;
}

/** A record or batch as the application gets it. */
export interface Handed<T> {
  readonly value: T;
  /** Called when the application asks for the next one, or leaves. */
  readonly left?: () => void;
}

/** The times of a wait for a record or a batch: when it began, by the monotonic clock and by the wall clock, in ms. */
export interface WaitTimes {
  readonly sinceMs: number;
  readonly startMs: number;
}

/** The spans in which records and batches of one consumer are received and processed. */
export class ConsumerSpans {
  readonly #telemetry: Telemetry;
  readonly #client: ObservedClient;

  constructor(telemetry: Telemetry, client: ObservedClient) {
    this.#telemetry = telemetry;
    this.#client = client;
  }

  /** The options of `run`, with a span around each call of the application's function. */
  around(options: RunOptions<unknown, unknown>): RunOptions<unknown, unknown> {
    const { eachBatch, eachBatches, eachRecord } = options;
    if (typeof eachRecord === "function") {
      const each: RunRecordOptions<unknown, unknown>["eachRecord"] = (record, run) => {
        this.#telemetry.consumed.add(1, this.#attributes(record, "process"));
        return processRecord(this.#telemetry, record, () => eachRecord(record, run), this.#client);
      };
      return { ...options, eachRecord: each };
    }
    if (typeof eachBatch === "function") {
      const each: RunBatchOptions<unknown, unknown>["eachBatch"] = (batch, run) =>
        this.#processBatches([batch], ([watched]) => eachBatch(watched, run));
      return { ...options, eachBatch: each };
    }
    if (typeof eachBatches !== "function") return options;
    const each: RunBatchesOptions<unknown, unknown>["eachBatches"] = (batches, run) =>
      this.#processBatches(batches, (watched) => eachBatches(watched, run));
    return { ...options, eachBatches: each };
  }

  /** A record was handed to a loop. */
  received(record: AnyRecord, { sinceMs, startMs }: WaitTimes): Handed<AnyRecord> {
    this.#telemetry.sources.set(record, this.#client);
    this.#waited(record, sinceMs);
    this.#telemetry.consumed.add(1, this.#attributes(record, "receive"));
    if (this.#telemetry.settings.hasReceiveSpans) {
      const link = linkTo(contextOf(this.#telemetry.propagator, record, context.active()));
      this.#receive(record, recordAttributes(this.#telemetry.settings, record), link, startMs).end();
    }
    return { value: record };
  }

  /**
   * A batch was handed to a loop. Its records are decoded, counted and linked to while the application reads them. So
   * the span is closed when the application asks for the next batch; it still ends at the time of the hand-out.
   */
  receivedBatch(batch: AnyBatch, { sinceMs, startMs }: WaitTimes): Handed<AnyBatch> {
    this.#waited(batch, sinceMs);
    const attributes = this.#attributes(batch, "receive");
    if (!this.#telemetry.settings.hasReceiveSpans) return { value: this.#watched(batch, attributes, undefined).value };
    const base = context.active();
    const span = this.#receive(batch, { [DESTINATION_PARTITION_ID]: String(batch.partition) }, undefined, startMs);
    const endMs = this.#client.clock.now();
    const watched = this.#watched(batch, attributes, new BatchLinks(this.#telemetry, span, base));
    const left = (): void => {
      span.setAttribute(BATCH_MESSAGE_COUNT, watched.count());
      span.end(endMs);
    };
    return { value: watched.value, left };
  }

  #receive(at: Place, more: Attributes, link: ReturnType<typeof linkTo>, startMs: number): Span {
    const attributes = { ...this.#attributes(at, "receive"), ...clientAttributes(this.#client), ...more };
    const name = `receive ${at.topic}`;
    return this.#telemetry.start(name, SpanKind.CLIENT, attributes, context.active(), [link], startMs).span;
  }

  #waited(at: Place, sinceMs: number): void {
    const seconds = (this.#client.clock.monotonic() - sinceMs) / 1000;
    this.#telemetry.operationDuration.record(seconds, this.#attributes(at, "receive"));
  }

  /** One span for batches of a partition. It gets a link to the context of each record that the application reads. */
  #processBatches<B extends readonly [AnyBatch, ...AnyBatch[]]>(
    batches: B,
    body: (batches: B) => Promise<void> | void,
  ): Promise<void> | void {
    const telemetry = this.#telemetry;
    const [first] = batches;
    const attributes = {
      ...this.#attributes(first, "process"),
      ...clientAttributes(this.#client),
      [DESTINATION_PARTITION_ID]: String(first.partition),
    };
    const base = context.active();
    const { span, within } = telemetry.start(`process ${first.topic}`, SpanKind.CONSUMER, attributes, base);
    const links = new BatchLinks(telemetry, span, base);
    const consumed = this.#attributes(first, "process");
    const watched = batches.map((batch) => this.#watched(batch, consumed, links));
    return inSpan(
      telemetry,
      this.#client,
      first,
      span,
      within,
      () => body(watched.map(({ value }) => value) as readonly AnyBatch[] as B),
      () => {
        span.setAttribute(
          BATCH_MESSAGE_COUNT,
          watched.reduce((sum, { count }) => sum + count(), 0),
        );
      },
    );
  }

  /**
   * One span for the records of one transaction of `consumeTransformProduce`: around the transform, and the sending of
   * its results. It names what they have in common.
   */
  transformed<T>(records: readonly AnyRecord[], work: () => T): T {
    const at = placeOf(records);
    const { topic, partition } = at;
    const consumed = operationAttributes(this.#client, "process", topic, partition);
    const base = context.active();
    const attributes = {
      ...consumed,
      ...clientAttributes(this.#client),
      ...(partition === undefined ? {} : { [DESTINATION_PARTITION_ID]: String(partition) }),
      [BATCH_MESSAGE_COUNT]: records.length,
    };
    const name = topic === undefined ? "process" : `process ${topic}`;
    const { span, within } = this.#telemetry.start(name, SpanKind.CONSUMER, attributes, base);
    const links = new BatchLinks(this.#telemetry, span, base);
    for (const record of records) {
      this.#telemetry.sources.set(record, this.#client);
      this.#telemetry.consumed.add(1, this.#attributes(record, "process"));
      links.add(record);
    }
    return inSpan(this.#telemetry, this.#client, at, span, within, work);
  }

  /** A batch whose records are counted, and linked to, when they are read for the first time. */
  #watched(
    batch: AnyBatch,
    attributes: Attributes,
    links: BatchLinks | undefined,
  ): { readonly value: AnyBatch; readonly count: () => number } {
    let read = 0;
    const value = watchedBatch(batch, (record, isFirst) => {
      this.#telemetry.sources.set(record, this.#client);
      if (!isFirst) return;
      read++;
      this.#telemetry.consumed.add(1, attributes);
      links?.add(record);
    });
    return { value, count: () => read };
  }

  #attributes({ partition, topic }: Place, type: "process" | "receive"): Attributes {
    return operationAttributes(this.#client, type, topic, partition);
  }
}

/** The topic of all these records, and their partition. */
function placeOf(records: readonly AnyRecord[]): SharedPlace {
  const [first] = records;
  if (!records.every(({ topic }) => topic === first?.topic)) return { topic: undefined, partition: undefined };
  const isOne = records.every(({ partition }) => partition === first?.partition);
  return { topic: first?.topic, partition: isOne ? first?.partition : undefined };
}

/** The links of the span of a batch to the contexts of its records, up to the limit of the option `maxLinks`. */
class BatchLinks {
  readonly #telemetry: Telemetry;
  readonly #span: Span;
  readonly #base: Context;
  #count = 0;

  constructor(telemetry: Telemetry, span: Span, base: Context) {
    this.#telemetry = telemetry;
    this.#span = span;
    this.#base = base;
  }

  add(record: AnyRecord): void {
    const { propagator, settings } = this.#telemetry;
    if (this.#count >= settings.maxLinks || !this.#span.isRecording()) return;
    const link = linkTo(contextOf(propagator, record, this.#base));
    if (link === undefined) return;
    this.#count++;
    this.#span.addLink(link);
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
    ...operationAttributes(client, "process", record.topic, record.partition),
    ...clientAttributes(client),
    ...recordAttributes(settings, record),
  };
  const { span, within } = telemetry.start(`process ${record.topic}`, SpanKind.CONSUMER, attributes, parent, [link]);
  return inSpan(telemetry, client, record, span, within, body);
}

/** Calls a function in a span that ends with it, or with its promise. */
function inSpan<T>(
  { processDuration }: Telemetry,
  client: ObservedClient | undefined,
  { partition, topic }: SharedPlace,
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
    const attributes = { ...operationAttributes(client, "process", topic, partition), ...errorAttributes(error) };
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

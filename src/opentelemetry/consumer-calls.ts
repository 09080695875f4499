import type { Consumer } from "../consumer/consumer.ts";
import type { ConsumedBatch } from "../consumer/reading/consumed-batch.ts";
import type { PartitionStream } from "../consumer/reading/partition-stream.ts";
import type { ObservedClient } from "../hooks/hook-sites.ts";
import type { KafkaRecord } from "../records/record.ts";
import { traceCommits } from "./commit-spans.ts";
import { ConsumerSpans, type Handed, type WaitTimes } from "./consumer-spans.ts";
import { replaceMethod, type Switch } from "./replaced-methods.ts";
import type { Telemetry } from "./telemetry.ts";

type Any = Consumer<unknown, unknown>;
type AnyStream = PartitionStream<unknown, unknown>;
type AnyRecord = KafkaRecord<unknown, unknown>;
type AnyBatch = ConsumedBatch<unknown, unknown>;
type Process = (records: readonly AnyRecord[], work: () => unknown) => unknown;

/**
 * Spans of a consumer: `run` and `consumeTransformProduce` get one around each call of the application's function; the
 * loops `records` and `batches`, and those over a single partition, one for each record or batch that they hand out;
 * each commit gets one.
 */
export function instrumentConsumer(telemetry: Telemetry, consumer: object, client: ObservedClient, at: Switch): void {
  const spans = new ConsumerSpans(telemetry, client);
  const records = (from: AsyncIterableIterator<AnyRecord>): HandedOut<AnyRecord> =>
    new HandedOut<AnyRecord>(from, client, (record, times) => spans.received(record, times));
  const batches = (from: AsyncIterableIterator<AnyBatch>): HandedOut<AnyBatch> =>
    new HandedOut<AnyBatch>(from, client, (batch, times) => spans.receivedBatch(batch, times));
  replaceMethod<Any["run"]>(consumer, "run", at, (run) => async (options) => {
    // A wrong value goes to `run`, which says what is wrong.
    const isObject = typeof options === "object" && (options as unknown) !== null;
    return await run(isObject ? spans.around(options) : options);
  });
  replaceMethod<Any["records"]>(consumer, "records", at, (begin) => (options) => records(begin(options)));
  replaceMethod<Any["batches"]>(consumer, "batches", at, (begin) => (options) => batches(begin(options)));
  replaceMethod<Any["partition"]>(consumer, "partition", at, (split) => (topic, partition, options) => {
    const stream = split(topic, partition, options);
    instrumentStream(stream, at, records, batches);
    return stream;
  });
  replaceMethod<Any["transactionalReader"]>(consumer, "transactionalReader", at, (begin) => () => {
    const reader = begin();
    replaceMethod<Process>(
      reader,
      "process",
      at,
      (process) => (read, work) => spans.transformed(read, () => process(read, work)),
    );
    return reader;
  });
  traceCommits(telemetry, client, at);
}

/** A stream of one partition. It can be left from outside, which ends the span of its last batch. */
function instrumentStream(
  stream: AnyStream,
  at: Switch,
  records: (from: AsyncIterableIterator<AnyRecord>) => HandedOut<AnyRecord>,
  batches: (from: AsyncIterableIterator<AnyBatch>) => HandedOut<AnyBatch>,
): void {
  let last: { left(): void } | undefined;
  const kept = <T extends { left(): void }>(one: T): T => {
    last = one;
    return one;
  };
  replaceMethod<() => AsyncIterableIterator<AnyRecord>>(
    stream,
    Symbol.asyncIterator,
    at,
    (begin) => () => kept(records(begin())),
  );
  replaceMethod<AnyStream["batches"]>(stream, "batches", at, (begin) => () => kept(batches(begin())));
  replaceMethod<AnyStream["leave"]>(stream, "leave", at, (leave) => () => {
    last?.left();
    leave();
  });
}

/** An iterator that passes each value on, and knows when the application asks for the next one, or leaves. */
class HandedOut<T> implements AsyncIterableIterator<T> {
  readonly #from: AsyncIterableIterator<T>;
  readonly #client: ObservedClient;
  readonly #pass: (value: T, times: WaitTimes) => Handed<T>;
  #handed: Handed<T> | undefined;

  constructor(from: AsyncIterableIterator<T>, client: ObservedClient, pass: (value: T, times: WaitTimes) => Handed<T>) {
    this.#from = from;
    this.#client = client;
    this.#pass = pass;
  }

  async next(): Promise<IteratorResult<T>> {
    this.left();
    const { clock } = this.#client;
    const times = { sinceMs: clock.monotonic(), startMs: clock.now() };
    const result = await this.#from.next();
    if (result.done === true) return result;
    const handed = (this.#handed = this.#pass(result.value, times));
    return { done: false, value: handed.value };
  }

  async return(value?: unknown): Promise<IteratorResult<T>> {
    this.left();
    return (await this.#from.return?.(value)) ?? { done: true, value };
  }

  async throw(error?: unknown): Promise<IteratorResult<T>> {
    this.left();
    if (this.#from.throw === undefined) throw error;
    return this.#from.throw(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The application has done with the last value. */
  left(): void {
    this.#handed?.left?.();
    this.#handed = undefined;
  }
}

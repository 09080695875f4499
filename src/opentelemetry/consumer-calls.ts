import type { Consumer } from "../consumer/consumer.ts";
import type { ConsumedBatch } from "../consumer/reading/consumed-batch.ts";
import type { ObservedClient } from "../hooks/hook-sites.ts";
import type { KafkaRecord } from "../records/record.ts";
import { ConsumerSpans } from "./consumer-spans.ts";
import { replaceMethod, type Switch } from "./replaced-methods.ts";
import type { Telemetry } from "./telemetry.ts";

type Any = Consumer<unknown, unknown>;
type AnyRecord = KafkaRecord<unknown, unknown>;
type AnyBatch = ConsumedBatch<unknown, unknown>;

/**
 * Spans of a consumer: `run` gets one around each call of the application's function, and the loops `records` and
 * `batches` one for each record or batch that they hand out.
 */
export function instrumentConsumer(telemetry: Telemetry, consumer: object, client: ObservedClient, at: Switch): void {
  const spans = new ConsumerSpans(telemetry, client);
  replaceMethod<Any["run"]>(consumer, "run", at, (run) => async (options) => {
    // A wrong value goes to `run`, which says what is wrong.
    const isObject = typeof options === "object" && (options as unknown) !== null;
    return await run(isObject ? spans.around(options) : options);
  });
  replaceMethod<Any["records"]>(
    consumer,
    "records",
    at,
    (records) => (options) =>
      handedOut<AnyRecord>(records(options), client, (record, sinceMs, startMs) => {
        spans.received(record, sinceMs, startMs);
        return record;
      }),
  );
  replaceMethod<Any["batches"]>(
    consumer,
    "batches",
    at,
    (batches) => (options) =>
      handedOut<AnyBatch>(batches(options), client, (batch, sinceMs, startMs) =>
        spans.receivedBatch(batch, sinceMs, startMs),
      ),
  );
}

/** An iterator that passes each value on, with the times since which the application has waited for it. */
function handedOut<T>(
  from: AsyncIterableIterator<T>,
  { clock }: ObservedClient,
  pass: (value: T, sinceMs: number, startMs: number) => T,
): AsyncIterableIterator<T> {
  const passed: AsyncIterableIterator<T> = {
    next: async () => {
      const [sinceMs, startMs] = [clock.monotonic(), clock.now()];
      const result = await from.next();
      return result.done === true ? result : { done: false, value: pass(result.value, sinceMs, startMs) };
    },
    [Symbol.asyncIterator]: () => passed,
    ...(from.return === undefined ? {} : { return: (value?: unknown) => from.return?.(value) as never }),
    ...(from.throw === undefined ? {} : { throw: (error?: unknown) => from.throw?.(error) as never }),
  };
  return passed;
}

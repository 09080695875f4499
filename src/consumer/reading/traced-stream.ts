import type { ObservedClient } from "../../hooks/hook-sites.ts";
import type { IncomingTraceBatch, IncomingTraceRecord, ProcessTrace, Trace } from "../../hooks/traces.ts";

/**
 * A loop's iterator, published to the host's tracing channels if a subscriber is there when the loop begins. So a
 * record costs nothing without one.
 */
export function tracedStream<T>(
  { groupId, traces }: ObservedClient,
  from: AsyncIterableIterator<T>,
): AsyncIterableIterator<T> {
  return traces?.process.hasSubscribers === true ? new TracedStream<T>(from, traces.process, groupId) : from;
}

/** Publishes each record or batch from its hand-out until the application asks for the next one, or leaves the loop. */
class TracedStream<T> implements AsyncIterableIterator<T> {
  readonly #from: AsyncIterableIterator<T>;
  readonly #trace: Trace<ProcessTrace>;
  readonly #groupId: string | undefined;
  /** Ends the operation that is published. */
  #end: (() => void) | undefined;

  constructor(from: AsyncIterableIterator<T>, trace: Trace<ProcessTrace>, groupId: string | undefined) {
    this.#from = from;
    this.#trace = trace;
    this.#groupId = groupId;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<T>> {
    await this.#left();
    const result = await this.#from.next();
    if (result.done !== true) this.#handOut(result.value as IncomingTraceRecord | IncomingTraceBatch);
    return result;
  }

  async return(): Promise<IteratorResult<T>> {
    await this.#left();
    return (await this.#from.return?.()) ?? { value: undefined, done: true };
  }

  #handOut(one: IncomingTraceRecord | IncomingTraceBatch): void {
    const { partition, topic } = one;
    const what = "records" in one ? { record: undefined, batch: one } : { record: one, batch: undefined };
    const message = { groupId: this.#groupId, topic, partition, attempt: 1, ...what };
    void this.#trace.run(message, () => new Promise<void>((resolve) => (this.#end = resolve)));
  }

  /** Ends the operation, and gives subscribers the turn in which they learn of it. */
  async #left(): Promise<void> {
    this.#end?.();
    this.#end = undefined;
    await Promise.resolve();
  }
}

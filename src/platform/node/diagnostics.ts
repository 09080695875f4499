import { channel, tracingChannel } from "node:diagnostics_channel";
import type { Diagnostics, TracingChannels } from "../../runtime/diagnostics.ts";

/** The channels of Node, Bun and Deno. */
export const nodeDiagnostics: Diagnostics = { channel: (name) => channel(name), tracing: tracingOf };

/**
 * Node's own `tracePromise` makes a promise of every result, and `hasSubscribers` of a `TracingChannel` is missing
 * before Node 20.13. So the five channels are used one by one, in Node's order.
 */
function tracingOf(name: string): TracingChannels {
  const { start, end, asyncStart, asyncEnd, error } = tracingChannel(name);
  const failed = (message: { error?: unknown }, thrown: unknown): void => {
    message.error = thrown;
    error.publish(message);
  };
  const settled = (message: object): void => {
    asyncStart.publish(message);
    asyncEnd.publish(message);
  };
  const follow = async <T>(message: { result?: unknown; error?: unknown }, promise: PromiseLike<T>): Promise<T> => {
    try {
      const result = await promise;
      message.result = result;
      return result;
    } catch (thrown) {
      failed(message, thrown);
      throw thrown;
    } finally {
      settled(message);
    }
  };
  return {
    get hasSubscribers() {
      return (
        start.hasSubscribers ||
        end.hasSubscribers ||
        asyncStart.hasSubscribers ||
        asyncEnd.hasSubscribers ||
        error.hasSubscribers
      );
    },
    trace: <T>(message: { result?: unknown; error?: unknown }, body: () => T): T =>
      start.runStores(message, () => {
        try {
          const result = body();
          if (isPromise(result)) return follow(message, result) as T;
          message.result = result;
          return result;
        } catch (thrown) {
          failed(message, thrown);
          throw thrown;
        } finally {
          end.publish(message);
        }
      }),
  };
}

function isPromise(result: unknown): result is PromiseLike<unknown> {
  return typeof result === "object" && result !== null && typeof (result as { then?: unknown }).then === "function";
}

import type { KafkaError } from "../errors/kafka-error.ts";
import type { AbortSignalLike } from "../runtime/cancellation.ts";
import { whenSettled } from "../runtime/when-settled.ts";

/** Settles like the promise, or rejects when the signal fires first. */
export function until<T>(
  promise: PromiseLike<T>,
  signal: AbortSignalLike | undefined,
  late: () => KafkaError,
): Promise<T> {
  if (signal === undefined) return Promise.resolve(promise);
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      signal.removeEventListener("abort", onAbort);
      reject(late());
    };
    void whenSettled(promise, () => signal.removeEventListener("abort", onAbort)).then(resolve, reject);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort);
  });
}

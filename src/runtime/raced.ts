import type { Delay } from "./async-runtime.ts";
import { type AbortSignalLike, cancelledError } from "./cancellation.ts";
import { dispose } from "./dispose.ts";
import type { Host } from "./host.ts";
import { whenSettled } from "./when-settled.ts";

/**
 * Settles like the promise. When the signal fires first, the promise has one more turn of the host to reject by itself,
 * because it may know a better reason; then this rejects with {@link cancelledError}.
 */
export function raced<T>({ runtime }: Pick<Host, "runtime">, promise: Promise<T>, signal: AbortSignalLike): Promise<T> {
  return new Promise((resolve, reject) => {
    let turn: Delay | undefined;
    const ended = (): void => {
      signal.removeEventListener("abort", onAbort);
      if (turn !== undefined) dispose(turn);
      turn = undefined;
    };
    const onAbort = (): void => {
      let current: Delay;
      try {
        current = runtime.delayFor(0);
      } catch {
        ended(); // without a turn, because the runtime is broken
        reject(cancelledError(signal));
        return;
      }
      turn = current;
      current.then(() => {
        if (turn !== current) return;
        ended();
        reject(cancelledError(signal));
      });
    };
    void whenSettled(promise, ended).then(resolve, reject);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort);
  });
}

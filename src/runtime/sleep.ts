import { KafkaError } from "../errors/kafka-error.ts";
import type { AsyncRuntime, Delay } from "./async-runtime.ts";
import { type AbortSignalLike, cancelledError } from "./cancellation.ts";
import { dispose } from "./dispose.ts";
import type { Host } from "./host.ts";

/** The longest delay that a runtime is asked for: most hosts count timers in 31 bits. */
const MAX_DELAY_MS = 2_147_483_647;

/**
 * Waits `durationMs` by the host's monotonic clock; any length is allowed. 0 or less is one turn of the host. Rejects
 * with {@link cancelledError} when the signal fires, and with the error of a runtime that throws.
 *
 * It awaits a promise of its own, because a delay that something awaits must not be disposed: its awaiter would hang.
 * Delay or cancellation, whichever comes first, settles the promise and disposes the delay in the same step.
 */
export function sleep(host: Host, durationMs: number, signal?: AbortSignalLike): Promise<void> {
  if (signal?.aborted === true) return Promise.reject(cancelledError(signal));
  const { runtime, clock } = host;
  return new Promise((resolve, reject) => {
    const deadline = clock.monotonic() + durationMs;
    let current: Delay | undefined;
    const onAbort = (): void => {
      const delay = current;
      current = undefined;
      if (delay !== undefined) dispose(delay);
      signal?.removeEventListener("abort", onAbort);
      if (signal !== undefined) reject(cancelledError(signal));
    };
    const arm = (ms: number): void => {
      let delay: Delay;
      try {
        delay = runtime.delayFor(ms > 0 ? Math.min(ms, MAX_DELAY_MS) : 0);
      } catch (error) {
        signal?.removeEventListener("abort", onAbort);
        reject(KafkaError.from(error));
        return;
      }
      current = delay;
      delay.then(() => {
        if (current !== delay) return; // cancelled meanwhile, on a runtime that calls back after dispose
        current = undefined;
        dispose(delay);
        const rest = deadline - clock.monotonic();
        if (rest > 0)
          arm(rest); // many hosts fire up to 1.6 ms early
        else {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        }
      });
    };
    signal?.addEventListener("abort", onAbort);
    arm(durationMs);
  });
}

/**
 * One turn of the host: when it settles, due timers and ready I/O have been handled. Rejects with the error of a
 * runtime that throws.
 */
export function turn(runtime: AsyncRuntime): Promise<void> {
  return new Promise((resolve) => {
    const delay = runtime.delayFor(0);
    delay.then(() => {
      dispose(delay);
      resolve();
    });
  });
}

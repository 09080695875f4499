import { type AbortSignalLike, cancelledError } from "./cancellation.ts";

/**
 * Settles like the promise, or rejects with {@link cancelledError} as soon as the signal fires. It makes no delay,
 * unlike `raced`: a client that closes may leave none behind.
 */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignalLike): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(cancelledError(signal));
    const ended = (): void => signal.removeEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort);
    promise.then(resolve, reject);
    promise.then(ended, ended);
  });
}

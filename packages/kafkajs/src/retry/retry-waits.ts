import type { RetrySettings } from "./retry-options.ts";

/** The wait after the first failure, in ms. `random` is from 0 to 1. */
export function firstWait({ initialRetryTime, factor }: RetrySettings, random: number): number {
  return jittered(initialRetryTime, factor, random);
}

/** The wait after a failure whose wait before it was `previous`, in ms. `random` is from 0 to 1. */
export function nextWait(
  previous: number,
  { factor, multiplier, maxRetryTime }: RetrySettings,
  random: number,
): number {
  return Math.min(jittered(previous, factor, random) * multiplier, maxRetryTime);
}

function jittered(ms: number, factor: number, random: number): number {
  const delta = factor * ms;
  const [least, most] = [ms - delta, ms + delta];
  // A sum that is rounded up by one bit would become a whole ms more.
  return Math.ceil(Math.min(random * (most - least) + least, most));
}

const UNRECOVERABLE = new Set(["RangeError", "ReferenceError", "SyntaxError", "TypeError"]);

/** Whether kafkajs tries again after this error: yes unless the error denies it, or is a programming error. */
export function isRetried(error: unknown): boolean {
  const { retriable, name } = (error ?? {}) as { readonly retriable?: unknown; readonly name?: unknown };
  return (Boolean(retriable) || retriable !== false) && !(typeof name === "string" && UNRECOVERABLE.has(name));
}

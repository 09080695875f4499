import { RETRY_DEFAULTS } from "../retry/retry-options.ts";
import type { ConsumerRetry } from "./consumer-settings.ts";

interface Caused {
  readonly cause?: unknown;
  readonly retriable?: unknown;
  readonly retryTime?: unknown;
  readonly name?: unknown;
}

/** Whether a consumer that crashed with this error may start again, before `restartOnFailure` is asked. */
export function mayRestart(error: unknown): boolean {
  if ((error as Caused | null | undefined)?.name === "KafkaJSNumberOfRetriesExceeded") return true;
  return innermost(error)?.retriable === true;
}

/** The wait before the restart, in ms. */
export function restartWait(error: unknown, retry: ConsumerRetry): number {
  const { retryTime } = (error ?? {}) as Caused;
  if (typeof retryTime === "number" && retryTime > 0) return retryTime;
  const { initialRetryTime = RETRY_DEFAULTS.initialRetryTime } = retry;
  return initialRetryTime > 0 ? initialRetryTime : RETRY_DEFAULTS.initialRetryTime;
}

/** The cause of the cause, and so on. A ring of causes ends somewhere. */
function innermost(error: unknown): Caused | undefined {
  let at = (error ?? undefined) as Caused | undefined;
  const seen = new Set<unknown>();
  while (at?.cause !== undefined && at.cause !== null && !seen.has(at)) {
    seen.add(at);
    at = at.cause;
  }
  return at;
}

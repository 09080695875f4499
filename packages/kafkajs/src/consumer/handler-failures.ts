import { KafkaJSNonRetriableError, KafkaJSNumberOfRetriesExceeded } from "../errors/kafkajs-error.ts";
import type { RetrySettings } from "../retry/retry-options.ts";
import { firstWait, isRetried, nextWait } from "../retry/retry-waits.ts";

/** The step after a failure of a handler: another try after a wait in ms, or a crash with this error. */
export type AfterFailure =
  | { readonly then: "retry"; readonly waitMs: number; readonly failures: number; readonly retryTime: number }
  | { readonly then: "crash"; readonly error: Error };

/** The failures of a handler in a row, for one partition, before this one. */
export interface FailuresBefore {
  readonly failures: number;
  /** The wait after this failure, unless it is the first. */
  readonly retryTime: number;
}

/** Decides what follows a failure. `random` is from 0 to 1. */
export function afterFailure(
  error: unknown,
  { failures, retryTime: before }: FailuresBefore,
  settings: RetrySettings,
  random: () => number,
): AfterFailure {
  const { name, cause } = (error ?? {}) as { readonly name?: unknown; readonly cause?: unknown };
  // kafkajs lets these two through as they are.
  if (name === "KafkaJSNotImplemented" || name === "KafkaJSNoBrokerAvailableError")
    return { then: "crash", error: error as Error };
  if (!isRetried(error))
    return { then: "crash", error: new KafkaJSNonRetriableError(error, { cause: cause ?? error }) };
  const waitMs = failures === 0 ? firstWait(settings, random()) : before;
  if (failures >= settings.retries)
    return {
      then: "crash",
      error: new KafkaJSNumberOfRetriesExceeded(error, { retryCount: failures, retryTime: waitMs }),
    };
  return { then: "retry", waitMs, failures: failures + 1, retryTime: nextWait(waitMs, settings, random()) };
}

import { KafkaJSNonRetriableError, KafkaJSNumberOfRetriesExceeded } from "../errors/kafkajs-error.ts";
import type { Host } from "../host.ts";
import { Pause } from "../host-time.ts";
import type { RetrySettings } from "./retry-options.ts";
import { firstWait, isRetried, nextWait } from "./retry-waits.ts";

/** The argument of a try: facts about the tries before it. */
export interface Try {
  /** The number of failures before this try. */
  readonly retryCount: number;
  /** The wait after this try, should it fail, in ms. */
  readonly retryTime: number;
  /** Ends the tries: the caller gets this very error. */
  readonly bail: (error: unknown) => never;
}

/** Lets a disconnect end the tries early. */
export interface RetryEnd {
  /** The wait before the next try, which a disconnect ends. */
  pause?: Pause | undefined;
  /** True: no other try begins, and the last error is thrown as it is. */
  ended?: boolean;
}

class Bail extends Error {
  readonly error: unknown;

  constructor(error: unknown) {
    super("no more tries");
    this.error = error;
  }
}

/**
 * Calls `attempt` until it does not throw, as kafkajs does: `KafkaJSNumberOfRetriesExceeded` after too many failures,
 * `KafkaJSNonRetriableError` for an error that a repetition cannot heal.
 */
export async function retry<T>(
  host: Pick<Host, "runtime" | "clock" | "random">,
  settings: RetrySettings,
  attempt: (state: Try) => Promise<T>,
  end: RetryEnd = {},
): Promise<T> {
  let retryTime = firstWait(settings, host.random());
  for (let retryCount = 0; ; retryCount++) {
    try {
      return await attempt({ retryCount, retryTime, bail });
    } catch (error) {
      if (error instanceof Bail) throw error.error as Error;
      if (end.ended === true) throw error;
      if (!isRetried(error)) throw new KafkaJSNonRetriableError(error, { cause: causeOf(error) });
      if (retryCount >= settings.retries) throw new KafkaJSNumberOfRetriesExceeded(error, { retryCount, retryTime });
      end.pause = new Pause(host, retryTime);
      await end.pause.done;
      end.pause = undefined;
      if (end.ended) throw error;
    }
    retryTime = nextWait(retryTime, settings, host.random());
  }
}

function bail(error: unknown): never {
  throw new Bail(error);
}

function causeOf(error: unknown): unknown {
  return (error as { readonly cause?: unknown } | null | undefined)?.cause ?? error;
}

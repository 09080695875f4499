import { KafkaError } from "../errors/kafka-error.ts";
import { rejectionOf } from "../errors/rejection.ts";
import { type AbortSignalLike, Cancellation } from "../runtime/cancellation.ts";
import { DeadlineEntry, type DeadlineWheel } from "../runtime/deadline-wheel.ts";
import type { Clock } from "../runtime/async-runtime.ts";

/** The client that a limit belongs to. */
export interface LimitHost {
  readonly clock: Clock;
  readonly deadlines: DeadlineWheel;
  /** The signal to listen to instead of a user's. */
  shared(signal: AbortSignalLike | undefined): AbortSignalLike | undefined;
}

/** Options of {@link TimeLimit.around}. */
export interface LimitOptions {
  /** The limit in ms; Infinity if only the signal ends the call. */
  readonly timeoutMs: number;
  /** Message for the timeout error, or a function that builds it when the time is over. */
  readonly what: string | (() => string);
  /** Returns the cause of the timeout error. Default: the last error passed to {@link TimeLimit.tried}. */
  readonly cause?: () => KafkaError | undefined;
  readonly signal?: AbortSignalLike | undefined;
}

/** Ends a call's wait when its time is over or its signal fires. It does not end the awaited operation. */
export class TimeLimit extends DeadlineEntry {
  readonly signal: Cancellation = new Cancellation();
  readonly endsAtMs: number;
  readonly #host: LimitHost;
  readonly #options: LimitOptions;
  readonly #unfollow: () => void;
  #lastError: KafkaError | undefined;

  private constructor(host: LimitHost, options: LimitOptions) {
    super();
    this.#host = host;
    this.#options = options;
    this.#unfollow = this.signal.follow(host.shared(options.signal));
    this.endsAtMs = host.clock.monotonic() + options.timeoutMs;
    if (this.endsAtMs < Number.POSITIVE_INFINITY) host.deadlines.add(this, this.endsAtMs);
  }

  /** Runs `body` under a limit, which is removed when `body` has ended. */
  static async around<T>(host: LimitHost, options: LimitOptions, body: (limit: TimeLimit) => Promise<T>): Promise<T> {
    const limit = new TimeLimit(host, options);
    try {
      return await body(limit);
    } finally {
      limit.#unfollow();
      host.deadlines.remove(limit);
    }
  }

  /** Reports a failed attempt that will be repeated. It becomes the cause of the timeout error. */
  tried(error: KafkaError): void {
    this.#lastError = error;
  }

  override onDeadline(): void {
    const { what, timeoutMs, cause: why } = this.#options;
    const cause = why === undefined ? this.#lastError : why();
    const words =
      typeof what === "string" ? `${what}${cause === undefined ? "" : `; last error: ${cause.message}`}` : what();
    this.signal.cancel(
      new KafkaError("timeout", `${words} (timeout ${timeoutMs} ms)`, { outcome: "indefinite", cause }),
    );
  }

  override onFailure(error: KafkaError): void {
    this.signal.cancel(error);
  }

  /** Settles like `promise`, or rejects with the limit's error if that comes first. A later result is dropped. */
  wait<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this;
    return new Promise((resolve, reject) => {
      const onAbort = (): void =>
        resolve(rejectionOf(signal.reason ?? new KafkaError("cancelled", "the call was cancelled")));
      if (signal.aborted) onAbort();
      else signal.addEventListener("abort", onAbort);
      promise.then(
        (value) => {
          signal.removeEventListener("abort", onAbort);
          resolve(value);
        },
        (error: unknown) => {
          signal.removeEventListener("abort", onAbort);
          reject(KafkaError.from(error));
        },
      );
    });
  }
}

/** The message of a call that was not done in time. `pending` names its unanswered requests. */
export function lateWords(
  what: string,
  tries: number,
  pending: readonly string[],
  last: KafkaError | undefined,
): string {
  const still = pending.length === 0 ? "" : `; still ${pending.join(", ")}`;
  const reason = last === undefined ? "" : `; the last error was: ${last.message}`;
  return `${what}: not done in time, in try ${tries}${still}${reason}`;
}

/** The error of a call whose next try would be too late. */
export function tooLateError(what: string, tries: number, last: KafkaError): KafkaError {
  return new KafkaError(
    "timeout",
    `${what}: not done in time, after ${tries} tries; the last error was: ${last.message}`,
    { cause: last, outcome: last.outcome ?? "indefinite" },
  );
}

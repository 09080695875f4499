import { KafkaError } from "../errors/kafka-error.ts";
import { rejectionOf } from "../errors/rejection.ts";
import { type AbortSignalLike, Cancellation } from "../runtime/cancellation.ts";
import { DeadlineEntry, type DeadlineWheel } from "../runtime/deadline-wheel.ts";
import type { Clock } from "../runtime/async-runtime.ts";

/** Whose deadlines a limit is one of. */
export interface LimitHost {
  readonly clock: Clock;
  readonly deadlines: DeadlineWheel;
  /** The signal to listen to in place of one that a user gave. */
  shared(signal: AbortSignalLike | undefined): AbortSignalLike | undefined;
}

/** How long a call may take. */
export interface LimitOptions {
  /** Infinity for a call that only its signal ends. */
  readonly timeoutMs: number;
  /** What is done, and what its not ending in time means; a function is called when the time is over. */
  readonly what: string | (() => string);
  /** Why it has not ended yet, asked for when the time is over. Default: what {@link TimeLimit.tried} was told last. */
  readonly cause?: () => KafkaError | undefined;
  readonly signal?: AbortSignalLike | undefined;
}

/** Ends the wait of a call when it took too long, or its signal fired; not what it waits for. */
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

  /** Runs `body` under a limit that is gone when it has ended. */
  static async around<T>(host: LimitHost, options: LimitOptions, body: (limit: TimeLimit) => Promise<T>): Promise<T> {
    const limit = new TimeLimit(host, options);
    try {
      return await body(limit);
    } finally {
      limit.#unfollow();
      host.deadlines.remove(limit);
    }
  }

  /** A try failed, and there will be another: the error of a limit that is over says why. */
  tried(error: KafkaError): void {
    this.#lastError = error;
  }

  override onDeadline(): void {
    const { what, timeoutMs, cause: why } = this.#options;
    const cause = why === undefined ? this.#lastError : why();
    const words =
      typeof what === "string"
        ? `${what}${cause === undefined ? "" : `; the last error was: ${cause.message}`}`
        : what();
    this.signal.cancel(
      new KafkaError("timeout", `${words} (timeout ${timeoutMs} ms)`, { outcome: "indefinite", cause }),
    );
  }

  /** What `promise` gives, or the limit's error if that comes first. What the promise gives then is lost. */
  wait<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => resolve(rejectionOf(signal.reason ?? new KafkaError("cancelled", "cancelled")));
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

/** The words of a call that was not done in time. `pending`: what it still waits for at brokers. */
export function lateWords(
  what: string,
  tries: number,
  pending: readonly string[],
  last: KafkaError | undefined,
): string {
  const still = pending.length === 0 ? "" : `; still ${pending.join(", ")}`;
  const reason = last === undefined ? "" : `; the last error was: ${last.message}`;
  return `${what} was not done in time, in try ${tries}${still}${reason}`;
}

/** The error of a call whose next try would be too late. */
export function tooLateError(what: string, tries: number, last: KafkaError): KafkaError {
  return new KafkaError(
    "timeout",
    `${what} was not done in time, after ${tries} tries; the last error was: ${last.message}`,
    { cause: last, outcome: last.outcome ?? "indefinite" },
  );
}

import type { ClusterClient } from "../cluster/cluster-client.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { type AbortSignalLike, Cancellation } from "../runtime/cancellation.ts";
import { DeadlineEntry } from "../runtime/deadline-wheel.ts";

/** How long a call may take. */
export interface LimitOptions {
  readonly timeoutMs: number;
  /** What is done, and what its not ending in time means. */
  readonly what: string;
  readonly signal?: AbortSignalLike | undefined;
}

/** Ends the wait of a call when it took too long, or its signal fired; not what it waits for. */
export class TimeLimit extends DeadlineEntry {
  readonly signal: Cancellation = new Cancellation();
  readonly endsAtMs: number;
  readonly #client: ClusterClient;
  readonly #options: LimitOptions;
  readonly #unfollow: () => void;

  private constructor(client: ClusterClient, options: LimitOptions) {
    super();
    this.#client = client;
    this.#options = options;
    this.#unfollow = this.signal.follow(options.signal);
    this.endsAtMs = client.clock.monotonic() + options.timeoutMs;
    client.deadlines.add(this, this.endsAtMs);
  }

  /** Runs `body` under a limit that is gone when it has ended. */
  static async around<T>(client: ClusterClient, options: LimitOptions, body: (limit: TimeLimit) => Promise<T>): Promise<T> {
    const limit = new TimeLimit(client, options);
    try {
      return await body(limit);
    } finally {
      limit.#unfollow();
      client.deadlines.remove(limit);
    }
  }

  override onDeadline(): void {
    const { what, timeoutMs } = this.#options;
    this.signal.cancel(new KafkaError("timeout", `${what} (timeout ${timeoutMs} ms)`, { outcome: "indefinite" }));
  }

  /** What `promise` gives, or the limit's error if that comes first. What the promise gives then is lost. */
  wait<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason ?? new KafkaError("cancelled", "cancelled"));
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

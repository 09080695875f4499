import { refreshesMetadata } from "../errors/broker-error.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import type { AsyncRuntime } from "../runtime/async-runtime.ts";
import { backoffMs } from "../runtime/backoff.ts";
import { type AbortSignalLike, Cancellation } from "../runtime/cancellation.ts";
import type { KeepAlive } from "../runtime/keep-alive.ts";
import { sleep } from "../runtime/sleep.ts";
import type { TaskGroup } from "../runtime/task-group.ts";
import type { Cluster } from "./cluster.ts";
import { type LimitHost, lateWords, TimeLimit, tooLateError } from "./time-limit.ts";
import type { Wait, Waits } from "./waits.ts";

/** The limits of {@link CallRetries.call}. */
export interface CallLimit {
  readonly timeoutMs: number;
  readonly signal?: AbortSignalLike | undefined;
}

/** How to log a call that takes long. */
export interface CallWait {
  /** The wait of the loop that repeats this call. Default: a wait of its own. */
  readonly wait?: Wait | undefined;
  /** Returns whether an error is part of normal operation; such errors are not logged. */
  readonly isExpected?: (error: KafkaError) => boolean;
}

/** The parts of a client that repeat its calls. */
export interface CallRetriesHost extends LimitHost {
  readonly cluster: Pick<Cluster, "settings" | "random">;
  readonly runtime: AsyncRuntime;
  readonly tasks: TaskGroup;
  readonly alive: KeepAlive;
  readonly waits: Waits;
  refreshMetadata(): void;
  shared(signal: AbortSignalLike): AbortSignalLike;
  shared(signal: AbortSignalLike | undefined): AbortSignalLike | undefined;
  /** The requests that have no answer yet, as texts. */
  pending(purpose: "other"): readonly string[];
  /** The pending requests as the reason of an error; undefined if there are none. */
  pendingError(): KafkaError | undefined;
}

/** The only retry policy of a client: every request that is repeated is repeated here. */
export class CallRetries {
  readonly #host: CallRetriesHost;

  constructor(host: CallRetriesHost) {
    this.#host = host;
  }

  /** How long to wait before attempt number `attempt` (from 0). */
  backoffMs(attempt: number): number {
    const { settings } = this.#host.cluster;
    const { retryBackoffMs: baseMs, retryBackoffMaxMs: maxMs } = settings;
    return backoffMs({ baseMs, maxMs, attempt, random: this.#host.cluster.random() });
  }

  /**
   * Repeats the attempt after retriable errors, with backoff, until `deadlineMs` (monotonic). Rejects with kind
   * `timeout`, which names `what` and the last error, or with the first error that is not retriable.
   */
  async retry<T>(
    what: string,
    deadlineMs: number,
    attempt: (tried: number, wait: Wait) => PromiseLike<T>,
    signal?: AbortSignalLike,
    loop?: Wait,
  ): Promise<T> {
    const { alive, waits } = this.#host;
    const wait = loop ?? waits.begin(what);
    alive.hold();
    wait.trying();
    try {
      const result = await this.#retry(what, deadlineMs, attempt, signal, wait);
      wait.end();
      return result;
    } finally {
      alive.release();
      wait.rests();
      if (loop === undefined) wait.end();
    }
  }

  async #retry<T>(
    what: string,
    deadlineMs: number,
    attempt: (tried: number, wait: Wait) => PromiseLike<T>,
    signal: AbortSignalLike | undefined,
    wait: Wait,
  ): Promise<T> {
    for (let tried = 0; ; tried++) {
      try {
        return await attempt(tried, wait);
      } catch (error) {
        const failure = KafkaError.from(error);
        wait.tried(failure);
        if (!failure.retriable || signal?.aborted === true || this.#host.tasks.isClosed) throw failure;
        if (failure.code !== undefined && refreshesMetadata(failure.code)) this.#host.refreshMetadata();
        const waitMs = this.backoffMs(tried);
        const leftMs = deadlineMs - this.#host.clock.monotonic();
        if (leftMs <= waitMs) throw tooLateError(what, tried + 1, failure);
        await this.#sleep(waitMs, signal);
      }
    }
  }

  /**
   * {@link retry} for an operation whose caller waits. It ends when its time is over or its signal fires, even while a
   * broker does not respond. Everything that an attempt awaits before it sends its request must get the limit's signal,
   * so that nothing is sent after the end.
   */
  async call<T>(
    what: string,
    { timeoutMs, signal }: CallLimit,
    attempt: (limit: TimeLimit, wait: Wait) => Promise<T>,
    { wait: loop, isExpected }: CallWait = {},
  ): Promise<T> {
    const host = this.#host;
    const wait = loop ?? host.waits.begin(what, isExpected === undefined ? {} : { isExpected });
    let last: KafkaError | undefined;
    let tries = 0;
    const late = (): string => lateWords(what, tries, host.pending("other"), last);
    const counted = (limit: TimeLimit) => async (tried: number) => {
      tries = tried + 1;
      try {
        return await attempt(limit, wait);
      } catch (error) {
        last = KafkaError.from(error);
        throw last;
      }
    };
    try {
      return await TimeLimit.around(
        host,
        { timeoutMs, what: late, cause: () => last ?? host.pendingError(), signal },
        (limit) => limit.wait(this.retry(what, limit.endsAtMs, counted(limit), limit.signal, wait)),
      );
    } finally {
      if (loop === undefined) wait.end();
    }
  }

  async #sleep(ms: number, signal: AbortSignalLike | undefined): Promise<void> {
    const { tasks } = this.#host;
    if (signal === undefined) return sleep(this.#host, ms, tasks.signal);
    const either = new Cancellation();
    const ends = [either.follow(this.#host.shared(signal)), either.follow(tasks.signal)];
    try {
      await sleep(this.#host, ms, either);
    } finally {
      for (const end of ends) end();
    }
  }
}

import { KafkaError } from "../errors/kafka-error.ts";
import type { AsyncRuntime } from "./async-runtime.ts";
import { Cancellation } from "./cancellation.ts";

/**
 * Owns background tasks. It counts the running ones, passes each the group's cancellation, and catches their errors.
 * `close()` cancels and waits until none is left. A task that is passed to the runtime never rejects, and
 * ends in the turn in which it starts.
 */
export class TaskGroup {
  /** Fires when {@link close} is called. It is passed to each task. */
  readonly signal: Cancellation = new Cancellation();
  readonly #runtime: AsyncRuntime;
  readonly #onError: (error: KafkaError) => void;
  #live = 0;
  #failure: KafkaError | undefined;
  #waiting: (() => void)[] = [];

  /**
   * `onError` receives the error of a task. While the group is closing, errors of kind `closed` and `cancelled` are
   * expected and are not reported.
   */
  constructor(runtime: AsyncRuntime, onError: (error: KafkaError) => void = () => undefined) {
    this.#runtime = runtime;
    this.#onError = onError;
  }

  /** The number of running tasks. */
  get live(): number {
    return this.#live;
  }

  /** Whether {@link close} was called. */
  get isClosed(): boolean {
    return this.signal.aborted;
  }

  /** The error of {@link fail}. */
  get failure(): KafkaError | undefined {
    return this.#failure;
  }

  /** The error of a call that needs tasks after the end: that of {@link fail}, else one of kind `closed`. */
  endError(closed: string): KafkaError {
    return this.#failure ?? new KafkaError("closed", closed);
  }

  /** Cancels all tasks with this error, and starts none any more: their runtime is broken. */
  fail(error: KafkaError): void {
    if (this.signal.aborted) return;
    this.#failure = error;
    this.signal.cancel(error);
  }

  /**
   * Starts a task in the background. Does nothing after `close()`.
   *
   * For the runtime the task ends when it has started: a runtime that runs only a few tasks at once would otherwise
   * fill up with the loops of the client, and never start the next task.
   */
  spawn(task: (signal: Cancellation) => PromiseLike<void> | undefined): void {
    if (this.signal.aborted) return;
    this.#runtime.spawn(() => {
      void this.#run(task);
      return Promise.resolve();
    });
    this.#live++; // now, because a runtime may refuse the task
  }

  /**
   * Cancels all tasks and settles when the last has ended. Idempotent. A task of the group must not await it: it would
   * wait for itself.
   */
  close(): Promise<void> {
    this.signal.cancel(new KafkaError("closed", "the owner of this task was closed"));
    if (this.#live === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  async #run(task: (signal: Cancellation) => PromiseLike<void> | undefined): Promise<void> {
    try {
      await task(this.signal);
    } catch (error) {
      this.#report(error);
    } finally {
      this.#ended();
    }
  }

  #report(thrown: unknown): void {
    try {
      const error = KafkaError.from(thrown);
      if (this.#failure !== undefined) return;
      if (this.signal.aborted && (error.kind === "closed" || error.kind === "cancelled")) return;
      this.#onError(error);
    } catch {
      // The error handler itself failed (a user's log function, for example). Nothing is left to report to, and no task
      // may reject.
    }
  }

  #ended(): void {
    this.#live--;
    if (this.#live > 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

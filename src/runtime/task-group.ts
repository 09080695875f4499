import { KafkaError } from "../errors/kafka-error.ts";
import type { AsyncRuntime } from "./async-runtime.ts";
import { Cancellation } from "./cancellation.ts";

/**
 * The owner of background tasks: counts those that live, gives each the group's cancellation, catches what they throw,
 * and on `close()` cancels and waits for the count to reach zero. A task that the runtime gets never rejects.
 */
export class TaskGroup {
  /** Fires when {@link close} is called. Each task gets it. */
  readonly signal: Cancellation = new Cancellation();
  readonly #runtime: AsyncRuntime;
  readonly #onError: (error: KafkaError) => void;
  #live = 0;
  #waiting: (() => void)[] = [];

  /**
   * `onError` gets what a task threw, unless the group is closing, when errors of kind `closed` and `cancelled` are
   * what is expected.
   */
  constructor(runtime: AsyncRuntime, onError: (error: KafkaError) => void = () => undefined) {
    this.#runtime = runtime;
    this.#onError = onError;
  }

  /** How many tasks live. */
  get live(): number {
    return this.#live;
  }

  /** Whether {@link close} was called. */
  get isClosed(): boolean {
    return this.signal.aborted;
  }

  /** Starts a task in the background. After `close()` it does nothing: what was not begun need not be ended. */
  spawn(task: (signal: Cancellation) => PromiseLike<void> | undefined): void {
    if (this.signal.aborted) return;
    this.#live++;
    this.#runtime.spawn(async () => {
      try {
        await task(this.signal);
      } catch (error) {
        this.#report(error);
      } finally {
        this.#ended();
      }
    });
  }

  /**
   * Cancels all tasks and settles when the last has ended. Harmless when repeated. A task that awaits it waits for
   * itself.
   */
  close(): Promise<void> {
    this.signal.cancel(new KafkaError("closed", "its owner was closed"));
    if (this.#live === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #report(thrown: unknown): void {
    try {
      const error = KafkaError.from(thrown);
      if (this.signal.aborted && (error.kind === "closed" || error.kind === "cancelled")) return;
      this.#onError(error);
    } catch {
      // The one that is told of errors failed itself (a user's log, say): nobody is left to tell, and no task may
      // reject.
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

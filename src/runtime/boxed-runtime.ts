import type { AsyncRuntime, Clock, Delay, Task } from "./async-runtime.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { type AbortSignalLike, Cancellation } from "./cancellation.ts";
import { TaskPump } from "./task-pump.ts";

/** What nearly every library has: a promise that settles after `ms`, and rejects early when the signal fires. */
export type Sleep = (ms: number, options: { readonly signal: AbortSignalLike }) => PromiseLike<unknown>;

/** What {@link boxedRuntime} is built on. */
export interface BoxedRuntimeOptions {
  /** Waits. May wake early, and need not count beyond 2³¹−1 ms; must let go of its timer when the signal fires. */
  readonly sleep: Sleep;
  /** One turn of the host, for `delayFor(0)`. Default: `sleep(0)`, which many hosts make a whole millisecond of. */
  readonly turn?: (options: { readonly signal: AbortSignalLike }) => PromiseLike<unknown>;
  /** What `sleep` is measured by: where it wakes early, the rest is waited for as well. */
  readonly clock: Clock;
}

/** The longest wait that is asked of `sleep`: most hosts count timers in 31 bits, and fire at once beyond. */
const MAX_SLEEP_MS = 2_147_483_647;

/**
 * A runtime over any `sleep(ms, { signal })`: the quickest way to one of your own. Each delay is an object, a promise
 * and a signal (the "box"), about a microsecond; a host with many timers is better served by `wheelRuntime`.
 *
 * It keeps the contract where `sleep` alone would not: what wakes early is armed again, what is too long is split, and
 * a disposed delay stays silent whatever `sleep` does. The clock follows time as `sleep` does, so it is handed on as
 * `runtime.clock`.
 */
export function boxedRuntime(options: BoxedRuntimeOptions): AsyncRuntime<BoxedDelay> {
  const pump = new TaskPump();
  return {
    spawn: (task: Task): void => pump.spawn(task),
    delayFor: (durationMs: number): BoxedDelay => new BoxedDelay(options, durationMs),
    clock: options.clock,
  };
}

/** A delay over a promise that can be aborted. Can be awaited. */
export class BoxedDelay implements Delay {
  readonly #options: BoxedRuntimeOptions;
  readonly #deadlineMs: number;
  readonly #signal: Cancellation = new Cancellation();
  #callback: ((value: void) => void) | undefined;
  #hasFired = false;

  /** @internal */
  constructor(options: BoxedRuntimeOptions, durationMs: number) {
    this.#options = options;
    const ms = durationMs > 0 ? durationMs : 0;
    this.#deadlineMs = options.clock.monotonic() + ms;
    if (ms !== Number.POSITIVE_INFINITY) this.#arm(ms);
  }

  then(onElapsed: (value: void) => void): void {
    if (this.#hasFired) void Promise.resolve().then(() => this.#tell(onElapsed));
    else this.#callback = onElapsed;
  }

  [Symbol.dispose](): void {
    if (this.#signal.aborted) return;
    this.#callback = undefined;
    this.#signal.cancel(new KafkaError("cancelled", "the delay was disposed"));
  }

  #arm(ms: number): void {
    const woke = (): void => {
      if (this.#signal.aborted) return;
      const restMs = this.#deadlineMs - this.#options.clock.monotonic();
      if (restMs > 0) {
        this.#arm(restMs);
        return;
      }
      this.#hasFired = true;
      const callback = this.#callback;
      this.#callback = undefined;
      callback?.();
    };
    const failed = (error: unknown): void => {
      if (!this.#signal.aborted) throw error; // a sleep that fails by itself is broken: its host reports it
    };
    const { sleep, turn } = this.#options;
    const signal = { signal: this.#signal };
    void (ms === 0 && turn !== undefined ? turn(signal) : sleep(Math.min(ms, MAX_SLEEP_MS), signal)).then(woke, failed);
  }

  #tell(callback: (value: void) => void): void {
    if (!this.#signal.aborted) callback();
  }
}

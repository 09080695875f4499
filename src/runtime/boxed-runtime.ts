import type { AsyncRuntime, Clock, Delay, Task } from "./async-runtime.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import { type AbortSignalLike, Cancellation } from "./cancellation.ts";
import { TaskPump } from "./task-pump.ts";

/** Nearly every library has one: a promise that settles after `ms`, and rejects early when the signal fires. */
export type Sleep = (ms: number, options: { readonly signal: AbortSignalLike }) => PromiseLike<unknown>;

/** Options of {@link boxedRuntime}. */
export interface BoxedRuntimeOptions {
  /**
   * Waits `ms`. It may wake early and need not support more than 2³¹−1 ms, but must release its timer when the signal
   * fires.
   */
  readonly sleep: Sleep;
  /** One turn of the host, for `delayFor(0)`. Default: `sleep(0)`, which takes a whole millisecond on many hosts. */
  readonly turn?: (options: { readonly signal: AbortSignalLike }) => PromiseLike<unknown>;
  /** The clock that `sleep` follows. If `sleep` wakes early, the runtime waits for the rest. */
  readonly clock: Clock;
}

/** The longest wait that `sleep` is asked for: most hosts count timers in 31 bits, and fire at once beyond that. */
const MAX_SLEEP_MS = 2_147_483_647;

/**
 * A runtime over any `sleep(ms, { signal })`: the quickest way to a runtime of your own. Each delay consists of an
 * object, a promise and a signal (the "box"), about a microsecond. With many timers, use `wheelRuntime` instead.
 *
 * It keeps the contract where `sleep` alone would not: it waits again after waking early, splits waits that are too
 * long, and keeps a disposed delay silent whatever `sleep` does. `options.clock` follows the same time as `sleep`, so
 * it becomes `runtime.clock`.
 */
export function boxedRuntime(options: BoxedRuntimeOptions): AsyncRuntime<BoxedDelay> {
  const pump = new TaskPump();
  return {
    spawn: (task: Task): void => pump.spawn(task),
    delayFor: (durationMs: number): BoxedDelay => new BoxedDelay(options, durationMs),
    clock: options.clock,
  };
}

/** A delay over an abortable promise. It can be awaited. */
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

  /** Calls `onElapsed` once, when the time is over; see {@link Delay}. */
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
      if (!this.#signal.aborted) throw error; // a sleep that rejects by itself is broken: let the host report it
    };
    const { sleep, turn } = this.#options;
    const signal = { signal: this.#signal };
    void (ms === 0 && turn !== undefined ? turn(signal) : sleep(Math.min(ms, MAX_SLEEP_MS), signal)).then(woke, failed);
  }

  #tell(callback: (value: void) => void): void {
    if (!this.#signal.aborted) callback();
  }
}

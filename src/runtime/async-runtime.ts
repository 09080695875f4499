/// <reference lib="esnext.disposable" preserve="true" />

/**
 * The contract between Odradek and whatever runs it: two methods. Everything that the client does asynchronously goes
 * through them, so that it runs on any host, inside any scheduler, and under a simulator that owns time.
 *
 * Writing one: `spawn` starts a background task after it has returned, `delayFor` gives a wait that can be let go. Both
 * must work detached from their object, so that a class with static members or a module namespace is itself a runtime.
 */

/**
 * A wait that is told once, and can be let go. `Promise<void> & Disposable` is one; so is a pooled timer node.
 *
 * - Disposing it cancels it: the callback is never called. The client never disposes a delay that something still
 *   awaits.
 * - The client disposes every delay exactly once, also one that fired, and never touches it afterwards.
 * - The client calls `then` at most once, and never uses what it returns.
 */
export interface Delay extends Disposable {
  /**
   * Registers the one callback, which is called asynchronously once the time has passed: never early, never twice,
   * never when disposed.
   */
  then(onElapsed: (value: void) => void): unknown;
  /**
   * Optional: this delay does not keep the process alive. The client calls it on upkeep delays only (metadata age, idle
   * close).
   */
  unref?(): void;
}

/** A task is a thunk, not a promise: a promise is already running, and a simulator must choose when a task starts. */
export type Task = () => PromiseLike<void>;

/** Two views of time: `now` in ms since the epoch (may jump), `monotonic` in ms that never go back. */
export interface Clock {
  /** Milliseconds since the epoch. May jump, forward and back. */
  now(): number;
  /** Milliseconds since any moment. Never goes back. */
  monotonic(): number;
}

/**
 * The contract. `D` is the runtime's own type of delay: `kafka.runtime.delayFor(5)` hands it on to users.
 */
export interface AsyncRuntime<out D extends Delay = Delay> {
  /**
   * Starts a background task. Returns before the task runs; runs it exactly once, within one turn of the host. Order
   * between spawned tasks is unspecified on purpose. The task runs in the async context in which the runtime was made.
   * The client never passes a task that rejects.
   */
  spawn(task: Task): void;
  /**
   * A delay of `durationMs`. The client passes finite durations, 0 ≤ ms ≤ 2³¹−1, and checks its deadline again on
   * wake-up. `delayFor(0)` is one turn of the host: after it, timers that are due and I/O that is ready had their turn.
   */
  delayFor(durationMs: number): D;
  /** Only on runtimes that own time (a virtual scheduler): the clock that their delays follow. */
  readonly clock?: Clock;
}

/** The concrete delay type of a runtime: the contract's associated type. */
export type DelayOf<R extends AsyncRuntime> = R extends { delayFor(durationMs: number): infer D } ? D : never;

/** The runtime that needs no choice. The same public type on every platform. */
export type DefaultRuntime = AsyncRuntime<Promise<void> & Disposable>;

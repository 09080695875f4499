/// <reference lib="esnext.disposable" preserve="true" />

/**
 * The contract between Odradek and the environment that runs it: two methods. All asynchronous work of the client goes
 * through them, so that it runs on any host, inside any scheduler, and under a simulator that controls time.
 *
 * To implement it: `spawn` starts a background task after it has returned; `delayFor` returns a wait that can be
 * cancelled. Both must work detached from their object, so that a class with static members or a module namespace is
 * itself a runtime.
 */

/**
 * A wait that calls back once and can be cancelled. `Promise<void> & Disposable` is one; so is a pooled timer node.
 *
 * - Disposing cancels it: the callback is never called. The client never disposes a delay that something still awaits.
 * - The client disposes every delay exactly once, including those that have fired, and never touches it afterwards.
 * - The client calls `then` at most once, and never uses its result.
 */
export interface Delay extends Disposable {
  /**
   * Registers the only callback. It is called asynchronously once the time has passed: never early, never twice, and
   * never after the delay was disposed.
   */
  then(onElapsed: (value: void) => void): unknown;
  /**
   * Optional: from now on this delay does not keep the process alive. The client calls it only on delays for upkeep
   * (metadata age, closing idle connections).
   */
  unref?(): void;
}

/**
 * A task is a function, not a promise: a promise is already running, and a simulator must choose when a task starts.
 */
export type Task = () => PromiseLike<void>;

/** Two views of time: `now` in ms since the epoch (may jump), `monotonic` in ms that never go back. */
export interface Clock {
  /** Milliseconds since the epoch. May jump, forward and back. */
  now(): number;
  /** Milliseconds since any moment. Never goes back. */
  monotonic(): number;
}

/**
 * A runtime: it starts tasks and makes delays. `D` is its own type of delay, which `kafka.runtime.delayFor(5)` returns.
 */
export interface AsyncRuntime<out D extends Delay = Delay> {
  /**
   * Starts a background task. Returns before the task runs, and runs it exactly once, within one turn of the host. The
   * order of spawned tasks is unspecified on purpose. A task runs in the async context in which the runtime was
   * created. The client never passes a task that rejects.
   */
  spawn(task: Task): void;
  /**
   * A delay of `durationMs`. The client passes finite durations, 0 ≤ ms ≤ 2³¹−1, and checks its deadline again when it
   * wakes. `delayFor(0)` is one turn of the host: when it fires, due timers and ready I/O have been handled.
   */
  delayFor(durationMs: number): D;
  /** Only on runtimes that control time (a virtual scheduler): the clock that their delays follow. */
  readonly clock?: Clock;
}

/** The delay type of a runtime (the contract's associated type). */
export type DelayOf<R extends AsyncRuntime> = R extends { delayFor(durationMs: number): infer D } ? D : never;

/** The runtime type if you pass no runtime. It is the same public type on every platform. */
export type DefaultRuntime = AsyncRuntime<Promise<void> & Disposable>;

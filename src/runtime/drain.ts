/** One turn of the host, after which the microtask queue is empty: what the simulator drains with. */
export interface Drain {
  (): PromiseLike<void>;
  /**
   * Where the host can empty the queue at once: a run is then one task of the host, and nothing foreign comes in
   * between.
   */
  readonly strict?: StrictDrain;
}

/** Empties the microtask queue without leaving the task. */
export interface StrictDrain {
  /** Calls `loop` later, once, in a task of the host where {@link drainNow} may be called (not in a microtask). */
  enter(loop: () => void): void;
  /**
   * When it returns, no microtask is left. Whoever uses it tests that first: hosts have functions of that name that do
   * nothing.
   */
  drainNow(): void;
}

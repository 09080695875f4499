/** One turn of the host, after which the microtask queue is empty. The simulator drains with it. */
export interface Drain {
  (): PromiseLike<void>;
  /**
   * Set if the host can empty the queue immediately. A simulation run is then one task of the host, and no other code
   * runs in between.
   */
  readonly strict?: StrictDrain;
}

/** Empties the microtask queue without leaving the task. */
export interface StrictDrain {
  /** Calls `loop` later, once, in a task of the host in which {@link drainNow} may be called (not in a microtask). */
  enter(loop: () => void): void;
  /**
   * Runs all pending microtasks before it returns. Test it before you use it: some hosts have a function of this name
   * that does nothing.
   */
  drainNow(): void;
}

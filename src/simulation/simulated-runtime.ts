import type { AsyncRuntime, Clock, Delay, Task } from "../runtime/async-runtime.ts";
import type { SimulatedEvent } from "./event-heap.ts";
import type { Scheduler } from "./scheduler.ts";

/** Where virtual time begins: an arbitrary, recognisable date, 2026-01-01T00:00:00Z. */
const EPOCH_MS = 1_767_225_600_000;

/** The clock that simulated delays follow. */
export class SimulatedClock implements Clock {
  readonly #scheduler: Scheduler;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  now(): number {
    return EPOCH_MS + Math.floor(this.#scheduler.nowUs / 1000);
  }

  monotonic(): number {
    return this.#scheduler.nowUs / 1000;
  }
}

/** A delay that awaits as a thenable, and can be let go. */
export class SimulatedDelay implements Delay {
  readonly #runtime: SimulatedRuntime;
  readonly #event: SimulatedEvent;
  #callback: ((value: void) => void) | undefined;
  #fired = false;
  #disposed = false;

  constructor(runtime: SimulatedRuntime, scheduler: Scheduler, delayUs: number) {
    this.#runtime = runtime;
    this.#event = scheduler.schedule(delayUs, () => {
      this.#fired = true;
      this.#callback?.();
    });
  }

  then(onElapsed: (value: void) => void): void {
    if (this.#fired) this.#runtime.soon(onElapsed);
    else this.#callback = onElapsed;
  }

  unref(): void {
    // Virtual time keeps no process alive.
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#event.run = undefined;
    this.#callback = undefined;
    this.#runtime.delays--;
  }
}

/** A runtime on virtual time. Counts what lives, so that a test can see that nothing was left behind. */
export class SimulatedRuntime implements AsyncRuntime<SimulatedDelay> {
  readonly clock: SimulatedClock;
  readonly #scheduler: Scheduler;
  /** Delays that were made and not disposed. */
  delays = 0;
  /** Tasks that were spawned and have not ended. */
  tasks = 0;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
    this.clock = new SimulatedClock(scheduler);
  }

  spawn(task: Task): void {
    this.tasks++;
    const ended = (): void => {
      this.tasks--;
    };
    this.#scheduler.schedule(0, () => {
      task().then(ended, ended);
    });
  }

  delayFor(durationMs: number): SimulatedDelay {
    this.delays++;
    return new SimulatedDelay(this, this.#scheduler, Math.max(1, Math.ceil(durationMs * 1000)));
  }

  /** Calls back in an event of its own, at this instant. */
  soon(callback: (value: void) => void): void {
    this.#scheduler.schedule(0, () => callback());
  }
}

import type { Delay } from "../runtime/async-runtime.ts";
import { reportToHost } from "../runtime/report-to-host.ts";
import type { SimulatedEvent } from "./event-heap.ts";
import type { EventQueue } from "./scheduler.ts";

/**
 * A delay in virtual time. It can be awaited in both flavours. `unref` does nothing: virtual time keeps no process
 * alive.
 */
export interface SimulatedDelay extends Delay {
  /** Does nothing. */
  unref(): void;
}

/** Callbacks of a delay to its runtime. */
export interface DelayObserver {
  /** The delay was disposed for the first time. */
  delayEnded(): void;
  /** The delay was used in a way that the contract forbids to the client. */
  misused(what: string): void;
}

/** Beyond this number of µs (285 years) numbers are no longer whole: such an event never happens. */
const NEVER_US = Number.MAX_SAFE_INTEGER;

/**
 * Rounds durations up, and to at least 1 µs, so that a loop of waits advances time. A duration that is not above 0
 * counts as 0.
 */
function schedule(scheduler: EventQueue, durationMs: number, fire: () => void): SimulatedEvent | undefined {
  const delayUs = durationMs > 0 ? Math.max(1, Math.ceil(durationMs * 1000)) : 1;
  return scheduler.nowUs + delayUs > NEVER_US ? undefined : scheduler.schedule(delayUs, fire);
}

/** The flavour with one callback slot, which is called inside the event itself, as in a pooled timer wheel. */
export class ThenableDelay implements SimulatedDelay {
  readonly #scheduler: EventQueue;
  readonly #observer: DelayObserver;
  readonly #event: SimulatedEvent | undefined;
  #callback: ((value: void) => void) | undefined;
  #fired = false;
  #disposed = false;

  constructor(scheduler: EventQueue, observer: DelayObserver, durationMs: number) {
    this.#scheduler = scheduler;
    this.#observer = observer;
    this.#event = schedule(scheduler, durationMs, () => {
      this.#fired = true;
      this.#tell();
    });
  }

  then(onElapsed: (value: void) => void): void {
    if (this.#disposed) this.#observer.misused("then on a delay that was disposed");
    else if (this.#callback !== undefined) this.#observer.misused("a second then on one delay");
    this.#callback = onElapsed;
    if (this.#fired && !this.#disposed) this.#scheduler.schedule(0, () => this.#tell());
  }

  #tell(): void {
    try {
      this.#callback?.();
    } catch (error) {
      reportToHost(error); // and the other delays go on
    }
  }

  unref(): void {
    if (this.#disposed) this.#observer.misused("unref of a delay that was disposed");
  }

  [Symbol.dispose](): void {
    if (this.#disposed) {
      this.#observer.misused("a second dispose of one delay");
      return;
    }
    this.#disposed = true;
    this.#callback = undefined;
    if (this.#event !== undefined) this.#scheduler.cancel(this.#event);
    this.#observer.delayEnded();
  }
}

/** The flavour of most hosts: a plain promise with a dispose method; its callbacks run a microtask after the event. */
export function promiseDelay(scheduler: EventQueue, observer: DelayObserver, durationMs: number): SimulatedDelay {
  let event: SimulatedEvent | undefined;
  let disposed = false;
  const promise = new Promise<void>((resolve) => {
    event = schedule(scheduler, durationMs, resolve);
  }) as Promise<void> & SimulatedDelay;
  promise.unref = (): void => {
    if (disposed) observer.misused("unref of a delay that was disposed");
  };
  promise[Symbol.dispose] = (): void => {
    if (disposed) {
      observer.misused("a second dispose of one delay");
      return;
    }
    disposed = true;
    if (event !== undefined) scheduler.cancel(event);
    observer.delayEnded();
  };
  return promise;
}

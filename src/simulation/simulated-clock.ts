import type { Clock } from "../runtime/async-runtime.ts";
import type { EventQueue } from "./scheduler.ts";

/** Where virtual time begins: an arbitrary, recognisable date, 2026-01-01T00:00:00Z. */
const EPOCH_MS = 1_767_225_600_000;

/** The clock of simulated delays. */
export class SimulatedClock implements Clock {
  readonly #scheduler: EventQueue;
  /** The offset of the wall clock, in ms. The monotonic clock has none. */
  skewMs = 0;

  /** The clock follows `scheduler`. */
  constructor(scheduler: EventQueue) {
    this.#scheduler = scheduler;
  }

  /** Milliseconds since the epoch: virtual time plus {@link skewMs}. */
  now(): number {
    return EPOCH_MS + Math.floor(this.#scheduler.nowUs / 1000) + this.skewMs;
  }

  /** Milliseconds of virtual time since the beginning; {@link skewMs} does not change it. */
  monotonic(): number {
    return this.#scheduler.nowUs / 1000;
  }
}

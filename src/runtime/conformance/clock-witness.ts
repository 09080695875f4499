import type { AsyncRuntime, Clock } from "../async-runtime.ts";

/**
 * Watches the runtime's own clock during the whole run, for E2: a clock may go back only once. It reads the clock of
 * the first runtime that was made, because each runtime may count from another moment.
 */
export class ClockWitness {
  #clock: Clock | undefined;
  #last = Number.NEGATIVE_INFINITY;
  /** By how much the clock went back, in ms: the most. 0 if it never did. */
  backMs = 0;

  /** Watches the clock of this runtime, if none is watched. */
  watch({ clock }: AsyncRuntime): void {
    if (typeof clock?.monotonic === "function") this.#clock ??= clock;
    this.read();
  }

  /** Reads the clock. Never throws: an error of the clock is reported by the law that reads it. */
  read(): void {
    if (this.#clock === undefined) return;
    let now: unknown;
    try {
      now = this.#clock.monotonic();
    } catch {
      return;
    }
    if (typeof now !== "number") return;
    this.backMs = Math.max(this.backMs, this.#last - now);
    this.#last = now;
  }
}

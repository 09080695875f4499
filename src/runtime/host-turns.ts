import type { Host } from "./host.ts";
import { turn } from "./sleep.ts";

/**
 * After 5 ms of work the host gets a turn, or heartbeats and timers would starve. This is half of the promised 10 ms,
 * because the work between two looks at the clock is added.
 */
export const TURN_EVERY_MS = 5;

/** Decides when a long computation must give the host a turn, and gives it. */
export class HostTurns {
  readonly #host: Host;
  #lastMs: number;

  constructor(host: Host) {
    this.#host = host;
    this.#lastMs = host.clock.monotonic();
  }

  /** Whether the host's next turn is due. */
  get isDue(): boolean {
    return this.#host.clock.monotonic() - this.#lastMs >= TURN_EVERY_MS;
  }

  /**
   * Runs a computation that yields wherever the host may have a turn, and gives it one whenever one is due. Between two
   * yields the computation works for a millisecond at most. Returns a promise only if there was a turn.
   */
  run<T>(steps: Generator<undefined, T, undefined>): T | Promise<T> {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      if (this.isDue) return this.#afterTurn(steps);
    }
  }

  async #afterTurn<T>(steps: Generator<undefined, T, undefined>): Promise<T> {
    await this.take();
    return this.run(steps);
  }

  /** Gives the host one turn. */
  async take(): Promise<void> {
    await turn(this.#host.runtime);
    this.#lastMs = this.#host.clock.monotonic();
  }
}

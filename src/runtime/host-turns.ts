import type { Host } from "./host.ts";
import { turn } from "./sleep.ts";

/**
 * After 5 ms of work the host gets a turn, or heartbeats and timers would starve. This is half of the promised 10 ms,
 * because the work between two looks at the clock is added.
 */
export const TURN_EVERY_MS = 5;

/** Tells a long computation when the host's next turn is due, and takes it. */
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

  /** Gives the host one turn. */
  async take(): Promise<void> {
    await turn(this.#host.runtime);
    this.#lastMs = this.#host.clock.monotonic();
  }
}

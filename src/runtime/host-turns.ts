import type { Host } from "./host.ts";
import { turn } from "./sleep.ts";

/**
 * After so much work without one the host gets a turn: else heartbeats and timers starve. Half of the 10 ms that are
 * promised, since the work between two looks at the clock comes on top.
 */
export const TURN_EVERY_MS = 5;

/** The turns of the host in a long computation: when the next one is due, and taking it. */
export class HostTurns {
  readonly #host: Host;
  #lastMs: number;

  constructor(host: Host) {
    this.#host = host;
    this.#lastMs = host.clock.monotonic();
  }

  get isDue(): boolean {
    return this.#host.clock.monotonic() - this.#lastMs >= TURN_EVERY_MS;
  }

  /** Gives the host one turn. */
  async take(): Promise<void> {
    await turn(this.#host.runtime);
    this.#lastMs = this.#host.clock.monotonic();
  }
}

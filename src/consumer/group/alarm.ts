import type { Delay } from "../../runtime/async-runtime.ts";
import type { Host } from "../../runtime/host.ts";

const MAX_DELAY_MS = 2_147_483_647;

/**
 * Calls back when a time has come; one time at once. Unlike a deadline in the wheel it keeps the process alive: a member of a
 * group heartbeats although nothing is assigned to it, and no request under way holds the process.
 */
export class Alarm {
  readonly #host: Host;
  readonly #ring: () => void;
  #delay: Delay | undefined;
  #atMs = Number.POSITIVE_INFINITY;

  constructor(host: Host, ring: () => void) {
    this.#host = host;
    this.#ring = ring;
  }

  /** By the monotonic clock; infinity for never. */
  set(atMs: number): void {
    if (this.#delay !== undefined && this.#atMs === atMs) return;
    this.clear();
    if (atMs === Number.POSITIVE_INFINITY) return;
    this.#atMs = atMs;
    const delay = this.#host.runtime.delayFor(Math.min(Math.max(atMs - this.#host.clock.monotonic(), 0), MAX_DELAY_MS));
    this.#delay = delay;
    delay.then(() => {
      if (this.#delay !== delay) return;
      this.clear();
      if (this.#host.clock.monotonic() < atMs) this.set(atMs); // many hosts fire early
      else this.#ring();
    });
  }

  clear(): void {
    const delay = this.#delay;
    this.#delay = undefined;
    this.#atMs = Number.POSITIVE_INFINITY;
    delay?.[Symbol.dispose]();
  }
}

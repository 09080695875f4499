import type { Clock } from "../../runtime/async-runtime.ts";

/** The number of times that something was done, and its duration. */
export class Timing {
  count = 0;
  sumMs = 0;
  maxMs = 0;
  /** Monotonic ms; −1 for never. */
  lastAtMs = -1;

  add(fromMs: number, nowMs: number): void {
    this.count++;
    this.sumMs += nowMs - fromMs;
    this.maxMs = Math.max(this.maxMs, nowMs - fromMs);
    this.lastAtMs = nowMs;
  }

  /** Measures work; only successful work counts. */
  async measure<T>(clock: Pick<Clock, "monotonic">, work: () => Promise<T>): Promise<T> {
    const fromMs = clock.monotonic();
    const result = await work();
    this.add(fromMs, clock.monotonic());
    return result;
  }
}

// Runtimes whose own clock breaks one law each.
import type { Clock } from "../../src/runtime/async-runtime.ts";
import { type BrokenRuntime, but } from "./broken-runtime.ts";

const right: Clock = { now: () => Date.now(), monotonic: () => performance.now() };

const withClock = (name: string, breaks: string, clock: () => Partial<Clock>): BrokenRuntime => ({
  name,
  make: but(() => ({ clock: { ...right, ...clock() } })),
  breaks: [breaks],
});

export const brokenClocks: readonly BrokenRuntime[] = [
  withClock("has a clock that stands still", "E1", () => {
    const at = { now: Date.now(), monotonic: performance.now() };
    return { now: () => at.now, monotonic: () => at.monotonic };
  }),
  withClock("has a clock that gives bigints", "E1", () => ({
    monotonic: () => process.hrtime.bigint() as unknown as number,
  })),
  withClock("has a clock that goes back now and then", "E2", () => {
    let readings = 0;
    return { monotonic: () => performance.now() - (++readings % 50 === 0 ? 5 : 0) };
  }),
  withClock("has a clock that goes back once, after two seconds", "E2", () => {
    const began = performance.now();
    return { monotonic: () => performance.now() - (performance.now() - began > 2000 ? 3000 : 0) };
  }),
  withClock("has a monotonic clock in seconds", "E3", () => ({ monotonic: () => performance.now() / 1000 })),
  withClock("has a monotonic clock in microseconds", "E3", () => ({ monotonic: () => performance.now() * 1000 })),
  withClock("has a `now` in seconds", "E4", () => ({ now: () => Date.now() / 1000 })),
];

import type { AsyncRuntime, Clock } from "./async-runtime.ts";

/** A runtime and the clock that its delays follow: what everything that waits needs. */
export interface Host {
  readonly runtime: AsyncRuntime;
  readonly clock: Clock;
}

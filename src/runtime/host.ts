import type { AsyncRuntime, Clock } from "./async-runtime.ts";

/** A runtime and the clock that its delays follow: everything that waits needs both. */
export interface Host {
  /** The runtime whose delays are awaited. */
  readonly runtime: AsyncRuntime;
  /** The clock that the delays follow. */
  readonly clock: Clock;
}

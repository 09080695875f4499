import type { AsyncRuntime, Clock } from "./async-runtime.ts";

/** A runtime and the clock that its delays follow: what everything that waits needs. */
export interface Host {
  /** Whose delays are waited for. */
  readonly runtime: AsyncRuntime;
  /** What its delays follow. */
  readonly clock: Clock;
}

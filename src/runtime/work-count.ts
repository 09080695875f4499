import type { AsyncRuntime } from "./async-runtime.ts";

/** The key of the {@link WorkCount} of a runtime. */
export const WORK_COUNT: unique symbol = Symbol.for("odradek.workCount");

/**
 * Counts work that goes on after its task has ended for the runtime: the tasks of a `TaskGroup`. The simulated runtime
 * has one, so that a test finds work that hangs. Other runtimes have none.
 */
export interface WorkCount {
  /** A task was started. */
  began(): void;
  /** Its work has ended. */
  ended(): void;
}

/** The count of this runtime, if it has one. A runtime that wraps another passes on the count of the other. */
export function workCountOf(runtime: AsyncRuntime): WorkCount | undefined {
  return (runtime as { readonly [WORK_COUNT]?: WorkCount })[WORK_COUNT];
}

/** Lets `count` count the work of this runtime. */
export function countWorkBy(runtime: AsyncRuntime, count: WorkCount | undefined): void {
  if (count !== undefined) Object.defineProperty(runtime, WORK_COUNT, { value: count });
}

import type { AsyncRuntime } from "../../src/runtime/async-runtime.ts";
import { WORK_COUNT, workCountOf } from "../../src/runtime/work-count.ts";

/** The part of a wrapper that lets the runtime below count the work of the client, which ends early for it. */
export function countedWork(host: AsyncRuntime): object {
  return { [WORK_COUNT]: workCountOf(host) };
}

import type { InContext } from "../../../runtime/call-context.ts";
import type { RunContext } from "./runner.ts";

type Each<T> = (item: T, context: RunContext) => Promise<void> | void;

/**
 * A callback for batches, each call of which begins in the async context of the call of `run`: a context that one call
 * enters with `enterWith` is not seen by the next. Callbacks for records are not called this way: it would cost each
 * record a quarter of its time.
 */
export function inContextOfRun<T>(each: Each<T>, capture: (() => InContext) | undefined): Each<T> {
  const inRun = capture?.();
  return inRun === undefined ? each : (item, context) => inRun(() => each(item, context));
}

import { KafkaError } from "../errors/kafka-error.ts";
import type { LogLevel } from "../runtime/platform.ts";

/**
 * Calls a user's callback whose result nothing waits for. If it throws, or its promise rejects, the error is logged
 * under its name and the client continues. Otherwise the error would end a task of the client, or, as an unhandled
 * rejection, the process. Callbacks that a call or a loop waits for are awaited instead.
 */
export function callUser<A>(
  name: string,
  callback: ((argument: A) => unknown) | undefined,
  argument: A,
  log: (level: LogLevel, message: string) => void,
): void {
  if (callback === undefined) return;
  const failed = (error: unknown): void =>
    log("error", `${name} failed, and the client continues: ${KafkaError.from(error).message}`);
  try {
    const result = callback(argument);
    if (isThenable(result)) result.then(undefined, failed);
  } catch (error) {
    failed(error);
  }
}

/**
 * Whether a callback that must be synchronous returned a promise. Nothing waits for that promise, so its rejection is
 * ignored here, and the caller reports the mistake.
 */
export function isPromiseOfNobody(result: unknown): boolean {
  if (!isThenable(result)) return false;
  result.then(undefined, () => undefined);
  return true;
}

function isThenable(result: unknown): result is PromiseLike<unknown> {
  return (
    typeof result === "object" && result !== null && typeof (result as { readonly then?: unknown }).then === "function"
  );
}

import { KafkaError } from "../errors/kafka-error.ts";
import type { LogLevel } from "../runtime/platform.ts";

/**
 * Calls a callback of the user's that nothing waits for. What it throws, or what its promise rejects with, is logged
 * under its name, and the client goes on: else it would end a task of the client's, or as an unhandled rejection the
 * process. Callbacks that a call or a loop waits for are awaited instead.
 */
export function callUser<A>(
  name: string,
  callback: ((argument: A) => unknown) | undefined,
  argument: A,
  log: (level: LogLevel, message: string) => void,
): void {
  if (callback === undefined) return;
  const failed = (error: unknown): void =>
    log("error", `${name} failed, and the client goes on: ${KafkaError.from(error).message}`);
  try {
    const result = callback(argument);
    if (isThenable(result)) result.then(undefined, failed);
  } catch (error) {
    failed(error);
  }
}

/**
 * Whether a callback that must return at once returned a promise: nothing waits for it, so its rejection is dropped
 * here, and the caller says what is wrong.
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

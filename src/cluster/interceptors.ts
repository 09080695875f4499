import { type Check, is } from "../errors/shape.ts";
import type { LogLevel } from "../runtime/platform.ts";
import { callUser } from "./user-callback.ts";

/**
 * Accepts an interceptor: an object with at least one of these methods. A plain object may have no other members; an
 * instance of a class may.
 */
export function interceptorWith(...names: readonly string[]): Check {
  return is(`an object with ${names.join("() or ")}(), and no other members`, (value) => {
    const given = Object(value) as Readonly<Record<string, unknown>>;
    return (
      names.some((name) => typeof given[name] === "function") &&
      (given["constructor"] !== Object || Object.keys(given).every((name) => names.includes(name)))
    );
  });
}

/**
 * Calls a method of each interceptor that has it, in order. If one throws, or its promise rejects, the error is logged
 * with the method's name and the interceptor's place in the list, and the next one is called.
 */
export function callInterceptors<I extends object>(
  interceptors: readonly I[],
  name: keyof I & string,
  call: (interceptor: I) => unknown,
  log: (level: LogLevel, message: string) => void,
): void {
  interceptors.forEach((one, i) => {
    if (one[name] !== undefined) callUser(`${name} of interceptors[${i}]`, call, one, log);
  });
}

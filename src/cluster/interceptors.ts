import { KafkaError } from "../errors/kafka-error.ts";
import { type Check, guarded, unknownName } from "../errors/shape.ts";
import { inWords } from "../errors/words.ts";
import type { LogLevel } from "../runtime/platform.ts";
import { callUser } from "./user-callback.ts";

/**
 * Accepts an interceptor: an object with at least one of these methods. A plain object may have no others; an instance
 * of a class may.
 */
export function interceptorWith(...names: readonly string[]): Check {
  return guarded((value, path) => {
    const fields = (typeof value === "object" ? (value ?? {}) : {}) as Readonly<Record<string, unknown>>;
    const unknown =
      Object.getPrototypeOf(fields) === Object.prototype
        ? unknownName(fields, path, names, { noun: "method" })
        : undefined;
    if (unknown !== undefined) throw unknown;
    const given = names.map((name) => fields[name]).filter((method) => method !== undefined);
    if (given.length === 0 || given.some((method) => typeof method !== "function"))
      throw new KafkaError(
        "config",
        `${path} takes an object with ${names.map((name) => `${name}()`).join(" or ")}, not ${inWords(value)}`,
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
  for (const [i, one] of interceptors.entries())
    if (one[name] !== undefined) callUser(`${name} of interceptors[${i}]`, call, one, log);
}

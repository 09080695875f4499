import { LazyCalls } from "../../src/admin/lazy-calls.ts";
import type { Admin } from "../../src/admin/admin.ts";
import { COMPOSED } from "../client/admin-calls/rows.ts";

/** An admin that notes which of its calls have resolved. */
export class RecordedCalls {
  readonly admin: Admin;
  readonly #resolved = new Set<string>();

  constructor(admin: Admin) {
    this.admin = new Proxy(admin, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function" || typeof name !== "string") return value;
        return (...args: readonly unknown[]): unknown => {
          const result: unknown = value.apply(target, args);
          void Promise.resolve(result).then(
            () => this.#resolved.add(name),
            () => undefined,
          );
          return result;
        };
      },
    });
  }

  /** Java's calls that have never resolved. */
  missing(): readonly string[] {
    const calls = Object.getOwnPropertyNames(LazyCalls.prototype);
    const others = ["constructor", ...COMPOSED];
    return calls.filter((name) => !others.includes(name) && !this.#resolved.has(name)).sort();
  }
}

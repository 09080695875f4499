import { type Action, readInterception } from "./action.ts";
import type { ArrivedRequest } from "./arrived-request.ts";
import type { Interceptor } from "./intercepts.ts";
import { type InterceptScope, isInScope } from "./scope.ts";

/** The argument of the user: a function to call, or the interception of every request. */
export type GivenIntercept = ((request: never) => unknown) | string | object;

/** A user's intercept: of one API or all, with its scope and its limit. */
export class ScopedIntercept implements Interceptor {
  readonly #apiName: string | undefined;
  readonly #scope: InterceptScope;
  readonly #intercept: (request: ArrivedRequest) => unknown;
  readonly #isOver: () => void;
  #left: number;
  calls = 0;

  /** `isOver` is called with the last of its `times`. */
  constructor(
    apiName: string | undefined,
    intercept: GivenIntercept,
    scope: InterceptScope,
    isOver: (self: ScopedIntercept) => void,
  ) {
    // A value that is not a function is checked once, here.
    if (typeof intercept !== "function") readInterception(intercept);
    this.#intercept = typeof intercept === "function" ? (intercept as (request: unknown) => unknown) : () => intercept;
    this.#apiName = apiName;
    this.#scope = scope;
    this.#left = scope.times ?? Infinity;
    this.#isOver = () => isOver(this);
  }

  get left(): number {
    return this.#left;
  }

  act(request: ArrivedRequest): Action | undefined | Promise<Action | undefined> {
    if (
      this.#left <= 0 ||
      (this.#apiName !== undefined && this.#apiName !== request.apiName) ||
      !isInScope(this.#scope, request)
    )
      return undefined;
    // Count before the call: while it waits, requests of other connections arrive.
    this.calls++;
    if (--this.#left === 0) this.#isOver();
    const result = this.#intercept(request);
    return isThenable(result) ? Promise.resolve(result).then(readInterception) : readInterception(result);
  }

  /** Ends the intercept. */
  end(): void {
    this.#left = 0;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value;
}

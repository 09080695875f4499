import { type Action, readInterception } from "./action.ts";
import type { ArrivedRequest } from "./arrived-request.ts";
import type { Interceptor } from "./intercepts.ts";
import { type InterceptScope, isInScope } from "./scope.ts";

/** What a user gave to be asked, or to become of each request. */
export type GivenIntercept = ((request: never) => unknown) | string | object;

/** A user's intercept: of one API or all, within a scope, so many times. */
export class ScopedIntercept implements Interceptor {
  readonly #apiName: string | undefined;
  readonly #scope: InterceptScope;
  readonly #intercept: (request: ArrivedRequest) => unknown;
  readonly #isOver: () => void;
  #left: number;
  calls = 0;

  /** `isOver` is called when the last of its `times` has come. */
  constructor(
    apiName: string | undefined,
    intercept: GivenIntercept,
    scope: InterceptScope,
    isOver: (self: ScopedIntercept) => void,
  ) {
    // What is always the same is checked when it is given.
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
    // Counted before it is asked: requests of other connections come while it waits.
    this.calls++;
    if (--this.#left === 0) this.#isOver();
    const result = this.#intercept(request);
    return isThenable(result) ? Promise.resolve(result).then(readInterception) : readInterception(result);
  }

  /** It is asked no more. */
  end(): void {
    this.#left = 0;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value;
}

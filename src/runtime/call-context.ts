/** Remembers which callback of the user the running code belongs to. Node, Bun and Deno: `AsyncLocalStorage`. */
export interface CallContext {
  /** Calls `body`. {@link get} returns `value` in `body` and in everything that it starts or awaits. */
  run<T>(value: object, body: () => T): T;
  /** The value of the innermost {@link run} around the current code; undefined outside any. */
  get(): object | undefined;
}

/** Calls `body` in the async context that was captured. */
export type InContext = <T>(body: () => T) => T;

/** For hosts without async contexts. It covers only the synchronous part of a call, up to its first `await`. */
export class SynchronousContext implements CallContext {
  #value: object | undefined;

  run<T>(value: object, body: () => T): T {
    const outer = this.#value;
    this.#value = value;
    try {
      return body();
    } finally {
      this.#value = outer;
    }
  }

  get(): object | undefined {
    return this.#value;
  }
}

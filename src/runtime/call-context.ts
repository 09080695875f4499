/** Remembers for whom code runs: what `AsyncLocalStorage` is on Node, Bun and Deno. */
export interface CallContext {
  /** Calls `body`; {@link get} returns `value` in it, and in everything that it starts or awaits. */
  run<T>(value: object, body: () => T): T;
  /** The value of the innermost {@link run} that the present code belongs to; undefined outside of any. */
  get(): object | undefined;
}

/** Where the host has none: it knows the synchronous part of a call only, up to its first `await`. */
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

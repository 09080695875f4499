// In a file of its own: pages load `redact` only to log in.

/** Stands for a secret in texts. */
export const SHOWN: string = "[secret]";

/**
 * A secret that does not print: `console.log`, `JSON.stringify`, template strings and `structuredClone` all miss it,
 * because the value is in a private field.
 */
export class Secret<T> {
  readonly #value: T;

  /** Hides a value. */
  constructor(value: T) {
    this.#value = value;
    // For `console.log` on Node, Bun and Deno.
    Object.defineProperty(this, Symbol.for("nodejs.util.inspect.custom"), { value: () => SHOWN });
  }

  /** The value. */
  reveal(): T {
    return this.#value;
  }

  /** For template strings. */
  toString(): string {
    return SHOWN;
  }

  /** For `JSON.stringify`. */
  toJSON(): string {
    return SHOWN;
  }
}

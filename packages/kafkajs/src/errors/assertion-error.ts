/** The error of `assert` of Node, which kafkajs lets through; not Node's own class, since `node:assert` is not everywhere. */
export class AssertionError extends Error {
  constructor(actual: unknown, message: string) {
    super(message);
    Object.defineProperty(this, "name", { value: "AssertionError", writable: true, configurable: true });
    Object.assign(this, { generatedMessage: false, code: "ERR_ASSERTION", actual, expected: true, operator: "==" });
  }

  override toString(): string {
    return `${this.name} [ERR_ASSERTION]: ${this.message}`;
  }
}

/** The calls of a producer that are not settled: `disconnect` waits for them. */
export class OpenCalls {
  #open = 0;
  #waiting: (() => void)[] = [];

  begun(): void {
    this.#open++;
  }

  ended(): void {
    if (--this.#open > 0) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Resolves when no call is open. */
  quiet(): Promise<void> {
    return this.#open === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }
}

/**
 * Which of the admitted may start: those of one key one after the other, in the order in which they were admitted;
 * those without a key at once.
 */
export class KeyOrder<T> {
  /** Keys that are at work, and what waits for them. */
  readonly #busy = new Map<number, T[]>();

  /** Whether it may start now. If not, it is answered by {@link done} when its turn has come. */
  admit(key: number | undefined, item: T): boolean {
    if (key === undefined) return true;
    const waiting = this.#busy.get(key);
    if (waiting !== undefined) {
      waiting.push(item);
      return false;
    }
    this.#busy.set(key, []);
    return true;
  }

  /** One of this key has ended. Answers the next, which has its turn now. */
  done(key: number | undefined): T | undefined {
    if (key === undefined) return undefined;
    const next = this.#busy.get(key)?.shift();
    if (next === undefined) this.#busy.delete(key);
    return next;
  }

  clear(): void {
    this.#busy.clear();
  }
}

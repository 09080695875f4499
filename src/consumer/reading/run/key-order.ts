/**
 * Decides which items may start: items of one key one after the other, in the order of their admission, and items
 * without a key at once.
 */
export class KeyOrder<T> {
  /** Keys with a running item, and the items that wait for it. */
  readonly #busy = new Map<number, T[]>();

  /** Whether it may start now. If not, {@link done} returns it when its turn has come. */
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

  /** An item of this key has ended. Returns the next one, which may start now. */
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

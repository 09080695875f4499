/** Above this number of entries, those that are idle are removed when another one is added. */
const MANY = 1000;

/** Entries by name that are made when they are first used, and removed when they are as good as new ones. */
export class IdleEntries<T extends { isIdle(nowMs: number): boolean }> {
  readonly #make: () => T;
  readonly #entries = new Map<string, T>();

  constructor(make: () => T) {
    this.#make = make;
  }

  of(name: string, nowMs: number): T {
    const found = this.#entries.get(name);
    if (found !== undefined) return found;
    if (this.#entries.size >= MANY)
      for (const [other, entry] of this.#entries) if (entry.isIdle(nowMs)) this.#entries.delete(other);
    const made = this.#make();
    this.#entries.set(name, made);
    return made;
  }

  get size(): number {
    return this.#entries.size;
  }
}

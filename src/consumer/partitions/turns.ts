/** How much longer than its members the list of turns may be, before it is made again. */
const SLACK = 16;

/** Members that get their turn one after the other: each stands in it once. Every operation takes constant time. */
export class Turns<T> {
  readonly #members = new Set<T>();
  /** In order; one that has left since is still in here, and is passed over. */
  #order: T[] = [];
  #at = 0;

  get size(): number {
    return this.#members.size;
  }

  /** It stands at the end; harmless for one that stands in the row already. */
  push(member: T): void {
    if (this.#members.has(member)) return;
    this.#members.add(member);
    this.#order.push(member);
    if (this.#order.length - this.#at > 2 * this.#members.size + SLACK) this.#tidy();
  }

  remove(member: T): void {
    this.#members.delete(member);
  }

  /** The one whose turn it is, which leaves the row; undefined where there is none. */
  shift(): T | undefined {
    while (this.#at < this.#order.length) {
      const member = this.#order[this.#at++];
      if (this.#at > SLACK && 2 * this.#at > this.#order.length) this.#tidy();
      if (member !== undefined && this.#members.delete(member)) return member;
    }
    return undefined;
  }

  /** Leaves out what was passed, and those that have left. */
  #tidy(): void {
    const seen = new Set<T>();
    this.#order = this.#order.slice(this.#at).filter((member) => {
      if (!this.#members.has(member) || seen.has(member)) return false;
      seen.add(member);
      return true;
    });
    this.#at = 0;
  }
}

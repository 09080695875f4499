/** The list of turns is rebuilt when it is this much longer than its number of members. */
const SLACK = 16;

/** A queue of members, each at most once. Every operation takes constant time. */
export class Turns<T> {
  readonly #members = new Set<T>();
  /** In order. It may contain members that have left, which are skipped. */
  #order: T[] = [];
  #at = 0;

  get size(): number {
    return this.#members.size;
  }

  /** Adds a member at the end. Does nothing for one that is in the queue. */
  push(member: T): void {
    if (this.#members.has(member)) return;
    this.#members.add(member);
    this.#order.push(member);
    if (this.#order.length - this.#at > 2 * this.#members.size + SLACK) this.#tidy();
  }

  remove(member: T): void {
    this.#members.delete(member);
  }

  /** Removes and returns the first member; undefined if the queue is empty. */
  shift(): T | undefined {
    while (this.#at < this.#order.length) {
      const member = this.#order[this.#at++];
      if (this.#at > SLACK && 2 * this.#at > this.#order.length) this.#tidy();
      if (member !== undefined && this.#members.delete(member)) return member;
    }
    return undefined;
  }

  /** Removes consumed entries and members that have left. */
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

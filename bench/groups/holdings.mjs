// Who holds what, as the members' hooks tell it.
export class Holdings {
  #partitions;
  /** By member. */
  #held = new Map();
  #revoked = 0;
  #lost = 0;
  /** When something last changed, by the clock of whom it happened to: ms since the epoch, and one clock for all. */
  lastAt = 0;

  constructor(partitions) {
    this.#partitions = partitions;
  }

  joins(member) {
    this.#held.set(member, new Set());
  }

  leaves(member) {
    this.#held.delete(member);
  }

  take({ at, member, what, partitions }) {
    const held = this.#held.get(member);
    // Of one that leaves, which gives back what it had; and empty calls.
    if (held === undefined || partitions.length === 0) return;
    this.lastAt = Math.max(this.lastAt, at);
    for (const partition of partitions) {
      if (what === "assigned") held.add(partition);
      else held.delete(partition);
    }
    if (what === "revoked") this.#revoked += partitions.length;
    if (what === "lost") this.#lost += partitions.length;
  }

  /** Every partition has one owner, and nobody has two more than another. */
  get isSettled() {
    const sizes = [...this.#held.values()].map((held) => held.size);
    const all = new Set([...this.#held.values()].flatMap((held) => [...held]));
    const sum = sizes.reduce((a, b) => a + b, 0);
    return all.size === this.#partitions && sum === this.#partitions && Math.max(...sizes) - Math.min(...sizes) <= 1;
  }

  /** The owners at the beginning of a step. */
  begin() {
    this.#revoked = 0;
    this.#lost = 0;
    return this.#owners();
  }

  /**
   * How many partitions changed hands, and how many were taken from members that stay; `needed`: how many have to move
   * at the least.
   */
  since(before) {
    const now = this.#owners();
    let moved = 0;
    for (const [partition, owner] of before) if (now.get(partition) !== owner) moved++;
    return { moved, needed: this.#needed(before), revoked: this.#revoked, lost: this.#lost };
  }

  /** Those of members that left, and what those that stay have above what the fullest may have. */
  #needed(before) {
    if (before.size === 0) return 0;
    const sizes = new Map([...this.#held.keys()].map((member) => [member, 0]));
    let needed = 0;
    for (const owner of before.values()) {
      if (sizes.has(owner)) sizes.set(owner, sizes.get(owner) + 1);
      else needed++;
    }
    // As many as fit into an even division: `extra` members may have one more than `least`.
    const least = Math.floor(this.#partitions / sizes.size);
    let extra = this.#partitions % sizes.size;
    for (const size of [...sizes.values()].sort((a, b) => b - a)) {
      const quota = extra > 0 && size > least ? least + 1 : least;
      if (quota > least) extra--;
      needed += Math.max(0, size - quota);
    }
    return needed;
  }

  #owners() {
    return new Map([...this.#held].flatMap(([member, held]) => [...held].map((partition) => [partition, member])));
  }

  toString() {
    return [...this.#held].map(([member, held]) => `${member} [${[...held]}]`).join(", ");
  }
}

/** The list is cut after this number of finished entries at its front. */
const CUT_AFTER = 1024;

/** The unfinished offsets of one partition: added in order, finished in any order. */
export class Unfinished {
  #offsets: number[] = [];
  #isDone: boolean[] = [];
  #head = 0;
  #count = 0;

  /** The number of unfinished offsets. */
  get size(): number {
    return this.#count;
  }

  /** The lowest unfinished offset; undefined for none. Everything before it is processed. */
  get lowest(): number | undefined {
    return this.#offsets[this.#head];
  }

  /** Adds an offset above all others. */
  add(offset: number): void {
    this.#offsets.push(offset);
    this.#isDone.push(false);
    this.#count++;
  }

  done(offset: number): void {
    const at = this.#find(offset);
    if (at === -1 || this.#isDone[at] === true) return;
    this.#isDone[at] = true;
    this.#count--;
    while (this.#isDone[this.#head] === true) this.#head++;
    if (this.#head < CUT_AFTER && this.#count > 0) return;
    this.#offsets = this.#offsets.slice(this.#head);
    this.#isDone = this.#isDone.slice(this.#head);
    this.#head = 0;
  }

  clear(): void {
    this.#offsets = [];
    this.#isDone = [];
    this.#head = 0;
    this.#count = 0;
  }

  #find(offset: number): number {
    let low = this.#head;
    let high = this.#offsets.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const found = this.#offsets[middle] ?? 0;
      if (found === offset) return middle;
      if (found < offset) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }
}

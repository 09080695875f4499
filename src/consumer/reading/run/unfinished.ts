/** After so many finished entries at its front the list is cut. */
const CUT_AFTER = 1024;

/** The offsets of one partition that are being worked on or wait for it: added in order, finished in any. */
export class Unfinished {
  #offsets: number[] = [];
  #isDone: boolean[] = [];
  #head = 0;
  #count = 0;

  /** How many are not finished. */
  get size(): number {
    return this.#count;
  }

  /** The lowest that is not finished; undefined where all are. Everything before it is done. */
  get lowest(): number | undefined {
    return this.#offsets[this.#head];
  }

  /** An offset above all that were added. */
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

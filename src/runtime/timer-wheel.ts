/** An entry of a {@link TimerWheel}, linked into the list of its slot. @internal */
export abstract class WheelEntry {
  /** The first tick at which it may fire. */
  tick = 0;
  /** The level of its slot, or −1 if it is in none. */
  level = -1;
  next: WheelEntry | undefined;
  previous: WheelEntry | undefined;
  /** The list that it is in. */
  list: WheelList | undefined;

  /** Called when it is due. */
  abstract fire(): void;
}

/** A doubly linked list: an entry can be removed in one step. */
export class WheelList {
  first: WheelEntry | undefined;
  last: WheelEntry | undefined;

  append(entry: WheelEntry): void {
    entry.list = this;
    entry.previous = this.last;
    entry.next = undefined;
    if (this.last === undefined) this.first = entry;
    else this.last.next = entry;
    this.last = entry;
  }

  remove(entry: WheelEntry): void {
    if (entry.previous === undefined) this.first = entry.next;
    else entry.previous.next = entry.next;
    if (entry.next === undefined) this.last = entry.previous;
    else entry.next.previous = entry.previous;
    entry.next = undefined;
    entry.previous = undefined;
    entry.list = undefined;
  }
}

const SLOTS = 256;
const LEVELS = 4;
/** The number of ticks in one turn of each level; the last is the range of the wheel. */
const SPANS: readonly number[] = [SLOTS, SLOTS ** 2, SLOTS ** 3, SLOTS ** 4];

/**
 * A hierarchical timer wheel with four levels of 256 slots: adding and removing cost the same however many entries
 * wait. It is pure and has no clock: callers pass the tick. An entry beyond the range waits in the last slot and is
 * placed again when that slot comes up.
 */
export class TimerWheel {
  readonly #levels: readonly (readonly WheelList[])[] = Array.from({ length: LEVELS }, () =>
    Array.from({ length: SLOTS }, () => new WheelList()),
  );
  readonly #counts: number[] = [0, 0, 0, 0];
  #now = 0;

  /** The last tick that was processed. */
  get now(): number {
    return this.#now;
  }

  /** The number of entries. */
  get size(): number {
    return (this.#counts[0] ?? 0) + (this.#counts[1] ?? 0) + (this.#counts[2] ?? 0) + (this.#counts[3] ?? 0);
  }

  /** Adds an entry whose tick is set. An entry in the past is due at the next tick. */
  add(entry: WheelEntry): void {
    if (entry.tick <= this.#now) entry.tick = this.#now + 1;
    this.#place(entry);
  }

  /** Removes an entry; harmless if it is not in the wheel. */
  remove(entry: WheelEntry): void {
    if (entry.level < 0) return;
    this.#counts[entry.level] = (this.#counts[entry.level] ?? 0) - 1;
    entry.level = -1;
    entry.list?.remove(entry);
  }

  /** The next tick with work to do: entries are due, or a slot must be distributed to a finer level. */
  nextTick(): number {
    let next = Number.POSITIVE_INFINITY;
    for (let level = 0; level < LEVELS; level++) {
      if (this.#counts[level] === 0) continue;
      const width = level === 0 ? 1 : (SPANS[level - 1] ?? 1);
      const at = Math.floor(this.#now / width);
      for (let i = 1; i <= SLOTS; i++) {
        if (this.#list(level, at + i).first === undefined) continue;
        next = Math.min(next, (at + i) * width);
        break;
      }
    }
    return next;
  }

  /** Advances to `tick` (at most {@link nextTick}) and appends the due entries to `due`, in the order of ticks. */
  advance(tick: number, due: WheelList): void {
    this.#now = tick;
    for (let level = LEVELS - 1; level > 0; level--) {
      const width = SPANS[level - 1] ?? 1;
      if (tick % width === 0) this.#spread(level, tick / width);
    }
    const list = this.#list(0, tick);
    for (let entry = list.first; entry !== undefined; entry = list.first) {
      this.remove(entry);
      due.append(entry);
    }
  }

  #spread(level: number, slot: number): void {
    const list = this.#list(level, slot);
    // Stop at the last present entry: one beyond the wheel's range returns to the same slot.
    const last = list.last;
    for (let entry = list.first; entry !== undefined; entry = list.first) {
      this.remove(entry);
      this.#place(entry);
      if (entry === last) break;
    }
  }

  #place(entry: WheelEntry): void {
    const delta = entry.tick - this.#now;
    let level = 0;
    while (level < LEVELS - 1 && delta >= (SPANS[level] ?? 0)) level++;
    const reach = SPANS[LEVELS - 1] ?? 0;
    const tick = delta >= reach ? this.#now + reach - 1 : entry.tick;
    entry.level = level;
    this.#counts[level] = (this.#counts[level] ?? 0) + 1;
    this.#list(level, Math.floor(tick / (level === 0 ? 1 : (SPANS[level - 1] ?? 1)))).append(entry);
  }

  #list(level: number, slot: number): WheelList {
    return (this.#levels[level] as readonly WheelList[])[slot % SLOTS] as WheelList;
  }
}

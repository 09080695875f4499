import { KafkaError } from "../errors/kafka-error.ts";
import type { Delay } from "./async-runtime.ts";
import { dispose } from "./dispose.ts";
import type { Host } from "./host.ts";

const MAX_DELAY_MS = 2_147_483_647;

/**
 * Something with a deadline. The links belong to the wheel: an entry is in one wheel at a time, and adding it allocates
 * nothing.
 */
export abstract class DeadlineEntry {
  /** By the monotonic clock; meaningful while the entry is in a wheel. */
  deadlineMs = 0;
  next: DeadlineEntry | undefined = undefined;
  previous: DeadlineEntry | undefined = undefined;
  isWaiting = false;

  /** Called once when the deadline has passed; the entry has left the wheel. Must not throw. */
  abstract onDeadline(): void;
}

/**
 * All deadlines of a client behind one delay. Kept in order of time; the place of a new one is looked for from both
 * ends at once: deadlines of one kind are the same distance away, so a request goes to the late end, past nothing, and
 * a linger to the early end, however many blocked sends wait in between. Adding costs what a list costs (70 ns, where a
 * timer of its own with an abort controller costs 3 to 15 µs, and workerd allows 10,000).
 *
 * Its delay is armed for the earliest deadline and left armed when that one is removed: it then wakes once in vain,
 * instead of being made anew for every request. It never keeps the process alive; a request in flight does, by its
 * connection.
 */
export class DeadlineWheel {
  readonly #host: Host;
  #first: DeadlineEntry | undefined;
  #last: DeadlineEntry | undefined;
  #armed: Delay | undefined;
  #armedForMs = 0;
  #closed = false;

  constructor(host: Host) {
    this.#host = host;
  }

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  /**
   * Calls `entry.onDeadline()` when the monotonic clock reaches `deadlineMs`, never before. An entry that waits already
   * is moved. Equal deadlines are told in the order in which they came. A closed wheel takes none.
   */
  add(entry: DeadlineEntry, deadlineMs: number): void {
    if (entry.isWaiting) this.#unlink(entry);
    if (this.#closed) return;
    // In a list that is kept in order it would stand in the way of all that come after it.
    if (Number.isNaN(deadlineMs)) throw new KafkaError("internal", "a deadline of NaN ms was given to the wheel");
    entry.deadlineMs = deadlineMs;
    entry.isWaiting = true;
    const before = this.#placeFor(deadlineMs);
    entry.previous = before;
    entry.next = before === undefined ? this.#first : before.next;
    if (entry.next === undefined) this.#last = entry;
    else entry.next.previous = entry;
    if (before === undefined) this.#first = entry;
    else before.next = entry;
    this.#arm();
  }

  /** Forgets an entry; harmless for one that is not in the wheel. */
  remove(entry: DeadlineEntry): void {
    if (entry.isWaiting) this.#unlink(entry);
  }

  /** Lets the delay go. Entries that wait are forgotten: their owners are closing too. */
  close(): void {
    this.#closed = true;
    this.#disarm();
    while (this.#first !== undefined) this.#unlink(this.#first);
  }

  /** The last entry that is not later; undefined where all are. */
  #placeFor(deadlineMs: number): DeadlineEntry | undefined {
    let late = this.#last;
    let early = this.#first;
    while (late !== undefined && late.deadlineMs > deadlineMs) {
      if (early === undefined || early.deadlineMs > deadlineMs) return early?.previous;
      late = late.previous;
      early = early.next;
    }
    return late;
  }

  #unlink(entry: DeadlineEntry): void {
    if (entry.previous === undefined) this.#first = entry.next;
    else entry.previous.next = entry.next;
    if (entry.next === undefined) this.#last = entry.previous;
    else entry.next.previous = entry.previous;
    entry.next = undefined;
    entry.previous = undefined;
    entry.isWaiting = false;
  }

  #arm(): void {
    const first = this.#first;
    if (this.#closed || first === undefined) return;
    if (this.#armed !== undefined) {
      if (this.#armedForMs <= first.deadlineMs) return;
      this.#disarm();
    }
    const ms = Math.min(Math.max(first.deadlineMs - this.#host.clock.monotonic(), 0), MAX_DELAY_MS);
    const delay = this.#host.runtime.delayFor(ms);
    delay.unref?.();
    this.#armed = delay;
    this.#armedForMs = first.deadlineMs;
    delay.then(() => {
      if (this.#armed !== delay) return;
      this.#disarm();
      this.#expire();
    });
  }

  #disarm(): void {
    const delay = this.#armed;
    this.#armed = undefined;
    if (delay !== undefined) dispose(delay);
  }

  #expire(): void {
    const nowMs = this.#host.clock.monotonic();
    try {
      for (let first = this.#first; first !== undefined && first.deadlineMs <= nowMs; first = this.#first) {
        this.#unlink(first);
        first.onDeadline();
      }
    } finally {
      this.#arm(); // also after an entry that threw: the others have deadlines too
    }
  }
}

import { KafkaError } from "../errors/kafka-error.ts";
import type { Delay } from "./async-runtime.ts";
import { dispose } from "./dispose.ts";
import type { Host } from "./host.ts";

const MAX_DELAY_MS = 2_147_483_647;

/**
 * An object with a deadline. The links belong to the wheel: an entry is in one wheel at a time, and adding it allocates
 * nothing.
 */
export abstract class DeadlineEntry {
  /** By the monotonic clock; meaningful only while the entry is in a wheel. */
  deadlineMs = 0;
  next: DeadlineEntry | undefined = undefined;
  previous: DeadlineEntry | undefined = undefined;
  isWaiting = false;

  /** Called once when the deadline has passed. The entry has already left the wheel. Must not throw. */
  abstract onDeadline(): void;
}

/**
 * All deadlines of a client, served by one delay. The list is ordered by time, and the place of a new deadline is
 * searched from both ends at once. Deadlines of one kind are equally far away. So a request is placed at the late end
 * without passing any, and a linger at the early end, however many blocked sends wait between them. Adding costs 70 ns.
 * A timer of its own with an abort controller would cost 3 to 15 µs, and workerd allows only 10,000.
 *
 * The delay is armed for the earliest deadline and stays armed when that one is removed. It then wakes once in vain,
 * instead of being replaced for every request. It never keeps the process alive; a request in flight does so through
 * its connection.
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
   * Calls `entry.onDeadline()` when the monotonic clock reaches `deadlineMs`, never before. Moves an entry that already
   * waits. Equal deadlines fire in the order of the calls. A closed wheel ignores the call.
   */
  add(entry: DeadlineEntry, deadlineMs: number): void {
    if (entry.isWaiting) this.#unlink(entry);
    if (this.#closed) return;
    // In an ordered list, NaN would block all later entries.
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

  /** Removes an entry; harmless if it is not in the wheel. */
  remove(entry: DeadlineEntry): void {
    if (entry.isWaiting) this.#unlink(entry);
  }

  /** Disposes the delay and drops all entries: their owners are closing too. */
  close(): void {
    this.#closed = true;
    this.#disarm();
    while (this.#first !== undefined) this.#unlink(this.#first);
  }

  /** The last entry with the same or an earlier deadline; undefined if there is none. */
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

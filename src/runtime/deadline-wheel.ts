import { KafkaError } from "../errors/kafka-error.ts";
import type { Delay } from "./async-runtime.ts";
import { dispose } from "./dispose.ts";
import type { Host } from "./host.ts";

const MAX_DELAY_MS = 2_147_483_647;

/** An object with a deadline. Its place belongs to the wheel: an entry is in one wheel at a time. */
export abstract class DeadlineEntry {
  // Assigned, not initialized: V8 defines a field with an initializer by a call into its runtime for each object once
  // the class has more than four subclasses. It was 4 % of the CPU of a small request, which makes three entries.
  /** By the monotonic clock; meaningful only while the entry is in a wheel. */
  declare deadlineMs: number;
  /** Whether {@link onFailure} was called. */
  declare hasFailed: boolean;
  /** The entry's index in the wheel's heap; -1 while it is in none. */
  declare place: number;
  /** The number of the call that added the entry: of two equal deadlines the lower number fires first. */
  declare turn: number;

  constructor() {
    this.deadlineMs = 0;
    this.hasFailed = false;
    this.place = -1;
    this.turn = 0;
  }

  /** Whether it is in a wheel. */
  get isWaiting(): boolean {
    return this.place >= 0;
  }

  /** Called once when the deadline has passed. The entry has already left the wheel. Must not throw. */
  abstract onDeadline(): void;

  /**
   * Called once, instead of {@link onDeadline}, when the wheel can measure no time any more: a promise that waits for
   * this deadline must be rejected with the error. The entry has already left the wheel. Must not throw. Does nothing
   * by default, for entries whose owners react to the failure in another way.
   */
  onFailure(_error: KafkaError): void {
    return undefined;
  }
}

/**
 * All deadlines of a client, served by one delay. They are in a binary heap, so that each kind of deadline may have
 * thousands of entries: waits for metadata of 10,000 topics, their warnings and the requests in flight are all at
 * different distances. A later deadline than all others passes none when it is added. A timer of its own with an abort
 * controller would cost 3 to 15 µs, and workerd allows only 10,000.
 *
 * The delay is armed for the earliest deadline and stays armed when that one is removed. It then wakes once in vain,
 * instead of being replaced for every request. It never keeps the process alive; a request in flight does so through
 * its connection.
 */
export class DeadlineWheel {
  readonly #host: Host;
  readonly #heap: DeadlineEntry[] = [];
  #turn = 0;
  #armed: Delay | undefined;
  #armedForMs = 0;
  #closed = false;
  #failure: KafkaError | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  get isEmpty(): boolean {
    return this.#heap.length === 0;
  }

  /**
   * Calls `entry.onDeadline()` when the monotonic clock reaches `deadlineMs`, never before. Moves an entry that already
   * waits. Equal deadlines fire in the order of the calls. A closed wheel ignores the call. After {@link fail} the
   * entry fails at once.
   */
  add(entry: DeadlineEntry, deadlineMs: number): void {
    if (entry.isWaiting) this.#unlink(entry);
    if (this.#closed) return;
    if (this.#failure !== undefined) {
      this.#fail(entry, this.#failure);
      return;
    }
    // NaN is neither before nor after another deadline, so it would break the order of the heap.
    if (Number.isNaN(deadlineMs)) throw new KafkaError("internal", "a deadline of NaN ms was given to the wheel");
    entry.deadlineMs = deadlineMs;
    entry.turn = this.#turn++;
    this.#rise(entry, this.#heap.length);
    this.#arm();
  }

  /** Removes an entry; harmless if it is not in the wheel. */
  remove(entry: DeadlineEntry): void {
    if (entry.isWaiting) this.#unlink(entry);
  }

  /** The runtime makes no delays any more: fails all entries, and each one that is added from now on. Idempotent. */
  fail(error: KafkaError): void {
    if (this.#failure !== undefined || this.#closed) return;
    this.#failure = error;
    this.#disarm();
    const entries = this.#heap.splice(0);
    for (const entry of entries) entry.place = -1;
    for (const entry of entries) this.#fail(entry, error);
  }

  /** Once: an entry that is added again and again would never end. */
  #fail(entry: DeadlineEntry, error: KafkaError): void {
    if (entry.hasFailed) return;
    entry.hasFailed = true;
    entry.onFailure(error);
  }

  /** Disposes the delay and drops all entries: their owners are closing too. */
  close(): void {
    this.#closed = true;
    this.#disarm();
    for (const entry of this.#heap.splice(0)) entry.place = -1;
  }

  /** Puts an entry at `place`, or nearer to the root if its parents are later. */
  #rise(entry: DeadlineEntry, place: number): void {
    const heap = this.#heap;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(entry, parent)) break;
      heap[place] = parent;
      parent.place = place;
      place = above;
    }
    heap[place] = entry;
    entry.place = place;
  }

  /** Puts an entry at `place`, or further from the root if its children are earlier. */
  #sink(entry: DeadlineEntry, place: number): void {
    const heap = this.#heap;
    for (;;) {
      let below = 2 * place + 1;
      let child = heap[below];
      const other = heap[below + 1];
      if (child !== undefined && other !== undefined && isBefore(other, child)) {
        child = other;
        below++;
      }
      if (child === undefined || !isBefore(child, entry)) break;
      heap[place] = child;
      child.place = place;
      place = below;
    }
    heap[place] = entry;
    entry.place = place;
  }

  #unlink(entry: DeadlineEntry): void {
    const { place } = entry;
    entry.place = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === entry) return;
    this.#sink(last, place);
    if (last.place === place) this.#rise(last, place);
  }

  #arm(): void {
    const first = this.#heap[0];
    if (this.#closed || first === undefined) return;
    if (this.#armed !== undefined) {
      if (this.#armedForMs <= first.deadlineMs) return;
      this.#disarm();
    }
    const ms = Math.min(Math.max(first.deadlineMs - this.#host.clock.monotonic(), 0), MAX_DELAY_MS);
    const delay = this.#delayFor(ms);
    if (delay === undefined) return;
    delay.unref?.();
    this.#armed = delay;
    this.#armedForMs = first.deadlineMs;
    delay.then(() => {
      if (this.#armed !== delay) return;
      this.#disarm();
      this.#expire();
    });
  }

  /** Undefined if the runtime throws: then all entries have failed. */
  #delayFor(ms: number): Delay | undefined {
    try {
      return this.#host.runtime.delayFor(ms);
    } catch (error) {
      this.fail(KafkaError.from(error));
      return undefined;
    }
  }

  #disarm(): void {
    const delay = this.#armed;
    this.#armed = undefined;
    if (delay !== undefined) dispose(delay);
  }

  #expire(): void {
    const nowMs = this.#host.clock.monotonic();
    try {
      for (let first = this.#heap[0]; first !== undefined && first.deadlineMs <= nowMs; first = this.#heap[0]) {
        this.#unlink(first);
        first.onDeadline();
      }
    } finally {
      this.#arm(); // also after an entry that threw: the others have deadlines too
    }
  }
}

function isBefore(a: DeadlineEntry, b: DeadlineEntry): boolean {
  return a.deadlineMs < b.deadlineMs || (a.deadlineMs === b.deadlineMs && a.turn < b.turn);
}

import { KafkaError } from "../../errors/kafka-error.ts";
import { type AbortSignalLike, cancelledError } from "../../runtime/cancellation.ts";
import { DeadlineEntry, type DeadlineWheel } from "../../runtime/deadline-wheel.ts";
import type { KeepAlive } from "../../runtime/keep-alive.ts";
import { type JobRunner, type PacedJob, UNPACED, forEach } from "../../runtime/paced-work.ts";

/** The time, in ms, that one `send` takes to append its record once it has room. Measured on a slow machine. */
const APPEND_MS = 0.005;

/** A `send` or `ready` that waits for room. */
class GateWaiter extends DeadlineEntry {
  readonly bytes: number;
  /** The neighbours in the waiting list, which is in the order of arrival. */
  before: GateWaiter | undefined;
  after: GateWaiter | undefined;
  readonly #settle: (waiter: GateWaiter, error?: KafkaError) => void;
  readonly #maxBlockMs: number;
  readonly #why: () => KafkaError | undefined;

  constructor(
    bytes: number,
    maxBlockMs: number,
    why: () => KafkaError | undefined,
    settle: (waiter: GateWaiter, error?: KafkaError) => void,
  ) {
    super();
    this.bytes = bytes;
    this.#maxBlockMs = maxBlockMs;
    this.#why = why;
    this.#settle = settle;
  }

  settle(error?: KafkaError): void {
    this.#settle(this, error);
  }

  override onFailure(error: KafkaError): void {
    this.settle(error);
  }

  override onDeadline(): void {
    const cause = this.#why();
    const why =
      cause === undefined
        ? "brokers take records more slowly than they are sent; send fewer, raise bufferMemory, or wait for ready()"
        : `records before it cannot be written: ${cause.message}`;
    this.settle(
      new KafkaError("buffer-full", `no room for a record within maxBlockMs (${this.#maxBlockMs} ms): ${why}`, {
        retriable: true,
        outcome: "notWritten",
        cause,
      }),
    );
  }
}

/** The size of a {@link MemoryGate}, and what it needs of its producer. */
export interface MemoryGateOptions {
  readonly capacity: number;
  readonly maxBlockMs: number;
  readonly deadlines: DeadlineWheel;
  readonly alive: Pick<KeepAlive, "hold" | "release">;
  /** Runs the job that lets waiters in. Default: all for which there is room, at once. */
  readonly paced?: JobRunner;
  /** Returns why earlier records are not written yet, if something went wrong. */
  readonly why?: () => KafkaError | undefined;
}

/**
 * Counts the bytes of records that wait or are in flight, and keeps the process alive while there are any. Waiters get
 * room in the order of their calls.
 */
export class MemoryGate {
  readonly #capacity: number;
  readonly #maxBlockMs: number;
  readonly #deadlines: DeadlineWheel;
  readonly #alive: Pick<KeepAlive, "hold" | "release">;
  readonly #why: () => KafkaError | undefined;
  readonly #paced: JobRunner;
  /**
   * A linked list, not a Set: in a Set from which hundreds of thousands of entries were removed, finding the first
   * entry takes as many steps.
   */
  #first: GateWaiter | undefined;
  #last: GateWaiter | undefined;
  #waiting = 0;
  /**
   * Lets in the waiters for which there is room. It is paced, since one batch can make room for 100,000 small records.
   */
  readonly #serving: PacedJob = {
    some: (limit) => this.#serve(limit),
    laterMs: APPEND_MS,
    ended: () => {
      this.#isServing = false;
    },
  };
  #isServing = false;
  #used = 0;

  constructor(options: MemoryGateOptions) {
    const { capacity, maxBlockMs, deadlines, alive, paced = UNPACED, why = () => undefined } = options;
    this.#why = why;
    this.#capacity = capacity;
    this.#maxBlockMs = maxBlockMs;
    this.#deadlines = deadlines;
    this.#alive = alive;
    this.#paced = paced;
  }

  get capacityBytes(): number {
    return this.#capacity;
  }

  /** How many calls wait for room. */
  get waiting(): number {
    return this.#waiting;
  }

  /** The bytes of the records that wait for room. They are not part of the capacity. */
  get waitingBytes(): number {
    let bytes = 0;
    for (let waiter = this.#first; waiter !== undefined; waiter = waiter.after) bytes += waiter.bytes;
    return bytes;
  }

  get usedBytes(): number {
    return this.#used;
  }

  /** Whether this many bytes fit now, and no other caller waits for room. */
  hasRoom(bytes: number): boolean {
    return this.#waiting === 0 && this.#used + bytes <= this.#capacity;
  }

  take(bytes: number): void {
    if (this.#used === 0 && bytes > 0) this.#alive.hold();
    this.#used += bytes;
  }

  free(bytes: number): void {
    this.#used -= bytes;
    if (this.#used === 0 && bytes > 0) this.#alive.release();
    if (this.#waiting === 0 || this.#isServing) return;
    this.#isServing = true;
    this.#paced.run(this.#serving);
  }

  #serve(limit: number): number {
    let served = 0;
    for (
      let waiter = this.#first;
      waiter !== undefined && served < limit && this.#used + waiter.bytes <= this.#capacity;
      waiter = this.#first
    ) {
      this.take(waiter.bytes);
      waiter.settle();
      served++;
    }
    return served;
  }

  /**
   * Takes the bytes when there is room and every earlier waiter has got its own. Rejects with kind `buffer-full` at
   * `deadlineMs`.
   */
  acquire(bytes: number, deadlineMs: number | undefined, signal?: AbortSignalLike): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(cancelledError(signal, "the wait for room"));
    if (this.hasRoom(bytes)) {
      this.take(bytes);
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        if (signal !== undefined) waiter.settle(cancelledError(signal, "the wait for room"));
      };
      const waiter = new GateWaiter(bytes, this.#maxBlockMs, this.#why, (self, error) => {
        signal?.removeEventListener("abort", onAbort);
        this.#deadlines.remove(self);
        this.#unlink(self);
        if (error === undefined) resolve();
        else {
          reject(error);
          this.free(0); // a waiter behind this one may fit
        }
      });
      this.#link(waiter);
      if (deadlineMs !== undefined) this.#deadlines.add(waiter, deadlineMs);
      signal?.addEventListener("abort", onAbort);
    });
  }

  /** Rejects all waiters. */
  fail(error: KafkaError): void {
    // Empty the list first: the room that one waiter releases must not go to the next one, which fails too.
    const waiters: GateWaiter[] = [];
    for (let waiter = this.#first; waiter !== undefined; waiter = this.#first) {
      this.#unlink(waiter);
      waiters.push(waiter);
    }
    this.#paced.run(forEach(waiters, (waiter) => waiter.settle(error), APPEND_MS));
  }

  #link(waiter: GateWaiter): void {
    waiter.before = this.#last;
    if (this.#last === undefined) this.#first = waiter;
    else this.#last.after = waiter;
    this.#last = waiter;
    this.#waiting++;
  }

  /** Does nothing if the waiter is no longer in the list. */
  #unlink(waiter: GateWaiter): void {
    const { before, after } = waiter;
    if (before === undefined && this.#first !== waiter) return;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    waiter.before = undefined;
    waiter.after = undefined;
    this.#waiting--;
  }
}

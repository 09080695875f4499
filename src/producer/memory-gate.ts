import { KafkaError } from "../errors/kafka-error.ts";
import { type AbortSignalLike, cancelledError } from "../runtime/cancellation.ts";
import { DeadlineEntry, type DeadlineWheel } from "../runtime/deadline-wheel.ts";
import type { KeepAlive } from "../runtime/keep-alive.ts";

/** Someone who waits for room. */
class GateWaiter extends DeadlineEntry {
  readonly bytes: number;
  readonly #settle: (waiter: GateWaiter, error?: KafkaError) => void;
  readonly #maxBlockMs: number;
  readonly #why: () => KafkaError | undefined;

  constructor(bytes: number, maxBlockMs: number, why: () => KafkaError | undefined, settle: (waiter: GateWaiter, error?: KafkaError) => void) {
    super();
    this.bytes = bytes;
    this.#maxBlockMs = maxBlockMs;
    this.#why = why;
    this.#settle = settle;
  }

  settle(error?: KafkaError): void {
    this.#settle(this, error);
  }

  override onDeadline(): void {
    const cause = this.#why();
    const why = cause === undefined ? "brokers take records more slowly than they are sent; send fewer, raise bufferMemory, or wait for ready()" : `records before it cannot be written: ${cause.message}`;
    this.settle(new KafkaError("buffer-full", `no room for a record within maxBlockMs (${this.#maxBlockMs} ms): ${why}`, { retriable: true, outcome: "notWritten", cause }));
  }
}

/** Counts the bytes of records that wait or are under way, and keeps the process alive for them. Who waits for room is served in order. */
export class MemoryGate {
  readonly #capacity: number;
  readonly #maxBlockMs: number;
  readonly #deadlines: DeadlineWheel;
  readonly #alive: Pick<KeepAlive, "hold" | "release">;
  readonly #waiters = new Set<GateWaiter>();
  readonly #why: () => KafkaError | undefined;
  #used = 0;

  /** `why`: why records that were taken are not written yet, where something went wrong. */
  constructor(capacity: number, maxBlockMs: number, deadlines: DeadlineWheel, alive: Pick<KeepAlive, "hold" | "release">, why: () => KafkaError | undefined = () => undefined) {
    this.#why = why;
    this.#capacity = capacity;
    this.#maxBlockMs = maxBlockMs;
    this.#deadlines = deadlines;
    this.#alive = alive;
  }

  get capacityBytes(): number {
    return this.#capacity;
  }

  /** How many wait for room. */
  get waiting(): number {
    return this.#waiters.size;
  }

  /** The bytes of those that wait for room: they are held beside the capacity. */
  get waitingBytes(): number {
    let bytes = 0;
    for (const waiter of this.#waiters) bytes += waiter.bytes;
    return bytes;
  }

  get usedBytes(): number {
    return this.#used;
  }

  /** Whether so many bytes can be taken now, before anybody who waits. */
  hasRoom(bytes: number): boolean {
    return this.#waiters.size === 0 && this.#used + bytes <= this.#capacity;
  }

  take(bytes: number): void {
    if (this.#used === 0 && bytes > 0) this.#alive.hold();
    this.#used += bytes;
  }

  free(bytes: number): void {
    this.#used -= bytes;
    if (this.#used === 0 && bytes > 0) this.#alive.release();
    for (const waiter of this.#waiters) {
      if (this.#used + waiter.bytes > this.#capacity) return;
      this.take(waiter.bytes);
      waiter.settle();
    }
  }

  /** Takes the bytes when there is room and all who came before have theirs. Rejects with kind `buffer-full` at `deadlineMs`. */
  acquire(bytes: number, deadlineMs: number | undefined, signal?: AbortSignalLike): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(cancelledError(signal, "waiting for room"));
    if (this.hasRoom(bytes)) {
      this.take(bytes);
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        if (signal !== undefined) waiter.settle(cancelledError(signal, "waiting for room"));
      };
      const waiter = new GateWaiter(bytes, this.#maxBlockMs, this.#why, (self, error) => {
        signal?.removeEventListener("abort", onAbort);
        this.#deadlines.remove(self);
        this.#waiters.delete(self);
        if (error === undefined) resolve();
        else {
          reject(error);
          this.free(0); // who stood behind may fit where this one did not
        }
      });
      this.#waiters.add(waiter);
      if (deadlineMs !== undefined) this.#deadlines.add(waiter, deadlineMs);
      signal?.addEventListener("abort", onAbort);
    });
  }

  /** Nobody waits any longer. */
  fail(error: KafkaError): void {
    // Emptied first: the room that one gives up must not go to the next, which fails too.
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const waiter of waiters) waiter.settle(error);
  }
}

import { KafkaError } from "../errors/kafka-error.ts";
import { type AbortSignalLike, cancelledError } from "./cancellation.ts";

/** A caller that waits in line until it is served or its signal fires. */
interface Waiter<V> {
  readonly serve: (value: V) => void;
  readonly fail: (error: KafkaError) => void;
}

/** A queue with limited room. `push` waits for room and `take` waits for items, each in the order of the calls. */
export class BoundedQueue<T> {
  readonly #capacity: number;
  readonly #items: T[] = [];
  readonly #pushers = new Map<Waiter<void>, T>();
  readonly #takers = new Set<Waiter<T | undefined>>();
  #closed = false;

  /** `capacity` is a whole number of items. With 0, every push waits for a take. */
  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 0)
      throw new KafkaError("config", `BoundedQueue takes a capacity that is a whole number from 0, not ${capacity}`);
    this.#capacity = capacity;
  }

  /** The number of items in the queue. */
  get length(): number {
    return this.#items.length;
  }

  /** Whether {@link close} was called. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** Adds an item if there is room or a taker waits. Returns whether it did. */
  tryPush(item: T): boolean {
    if (this.#closed) return false;
    for (const taker of this.#takers) {
      taker.serve(item);
      return true;
    }
    if (this.#items.length >= this.#capacity) return false;
    this.#items.push(item);
    return true;
  }

  /**
   * Adds an item as soon as there is room. Rejects with kind `closed` after {@link close}, and when the signal fires.
   */
  push(item: T, signal?: AbortSignalLike): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(cancelledError(signal));
    if (this.tryPush(item)) return Promise.resolve();
    if (this.#closed) return Promise.reject(closedError());
    return waitIn<void>(
      signal,
      (waiter) => this.#pushers.set(waiter, item),
      (waiter) => this.#pushers.delete(waiter),
    );
  }

  /**
   * Removes the oldest item as soon as there is one. Returns undefined once the queue is closed and empty. Rejects when
   * the signal fires.
   */
  take(signal?: AbortSignalLike): Promise<T | undefined> {
    if (signal?.aborted === true) return Promise.reject(cancelledError(signal));
    if (this.#items.length > 0) {
      const item = this.#items.shift();
      this.#admit((admitted) => this.#items.push(admitted));
      return Promise.resolve(item);
    }
    let direct: { readonly item: T } | undefined;
    this.#admit((admitted) => (direct = { item: admitted }));
    if (direct !== undefined) return Promise.resolve(direct.item);
    if (this.#closed) return Promise.resolve(undefined);
    return waitIn<T | undefined>(
      signal,
      (waiter) => this.#takers.add(waiter),
      (waiter) => this.#takers.delete(waiter),
    );
  }

  /**
   * Refuses further items; those in the queue can still be taken. Waiting pushes reject, waiting takes get undefined.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const pusher of [...this.#pushers.keys()]) pusher.fail(closedError());
    for (const taker of [...this.#takers]) taker.serve(undefined);
  }

  /** Takes the item of the first waiting push. */
  #admit(receive: (item: T) => void): void {
    for (const [pusher, item] of this.#pushers) {
      receive(item);
      pusher.serve();
      return;
    }
  }
}

/** Waits in a line until served, failed or cancelled, and leaves the line in that same step. */
function waitIn<V>(
  signal: AbortSignalLike | undefined,
  enter: (waiter: Waiter<V>) => void,
  leave: (waiter: Waiter<V>) => void,
): Promise<V> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      leave(waiter);
      signal?.removeEventListener("abort", onAbort);
    };
    const waiter: Waiter<V> = {
      serve: (value) => {
        done();
        resolve(value);
      },
      fail: (error) => {
        done();
        reject(error);
      },
    };
    const onAbort = (): void => {
      if (signal !== undefined) waiter.fail(cancelledError(signal));
    };
    enter(waiter);
    signal?.addEventListener("abort", onAbort);
  });
}

function closedError(): KafkaError {
  return new KafkaError("closed", "the queue was closed");
}

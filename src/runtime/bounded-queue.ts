import { KafkaError } from "../errors/kafka-error.ts";
import type { AbortSignalLike } from "./cancellation.ts";
import { Semaphore } from "./semaphore.ts";

/** A queue with room for so many items: who adds waits for room, who takes waits for items, both in order. */
export class BoundedQueue<T> {
  readonly #items: T[] = [];
  readonly #room: Semaphore;
  readonly #filled: Semaphore = new Semaphore(0);
  #closed = false;

  constructor(capacity: number) {
    this.#room = new Semaphore(capacity);
  }

  get length(): number {
    return this.#items.length;
  }

  /** Adds an item if there is room. */
  tryPush(item: T): boolean {
    if (this.#closed || !this.#room.tryAcquire()) return false;
    this.#put(item);
    return true;
  }

  /** Adds an item when there is room. Rejects with kind `closed` after {@link close}. */
  async push(item: T, signal?: AbortSignalLike): Promise<void> {
    this.#check();
    await this.#room.acquire(1, signal);
    this.#check();
    this.#put(item);
  }

  /** Takes the oldest item when there is one; undefined once the queue is closed and empty. */
  async take(signal?: AbortSignalLike): Promise<T | undefined> {
    if (this.#closed && this.#items.length === 0) return undefined;
    await this.#filled.acquire(1, signal);
    if (this.#items.length === 0) {
      this.#filled.release(); // closed and empty: whoever waits behind this one is told as well
      return undefined;
    }
    const item = this.#items.shift();
    this.#room.release();
    return item;
  }

  /** No more items come; those that are there can still be taken. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#filled.release();
    this.#room.release(Number.MAX_SAFE_INTEGER / 2);
  }

  #put(item: T): void {
    this.#items.push(item);
    this.#filled.release();
  }

  #check(): void {
    if (this.#closed) throw new KafkaError("closed", "the queue was closed");
  }
}

import { type AbortSignalLike, cancelledError } from "./cancellation.ts";

interface Waiter {
  readonly count: number;
  readonly grant: () => void;
}

/**
 * Counts permits. Who waits is served in order: a large request is not passed by small ones, or it would never come.
 */
export class Semaphore {
  #available: number;
  readonly #waiters = new Set<Waiter>();

  /** `permits` is a whole number: how many may be taken at once. */
  constructor(permits: number) {
    this.#available = permits;
  }

  /** How many permits may be taken now. */
  get available(): number {
    return this.#available;
  }

  /** How many calls of {@link acquire} wait. */
  get waiting(): number {
    return this.#waiters.size;
  }

  /** Takes permits if they are there and nobody waits. */
  tryAcquire(count = 1): boolean {
    if (this.#waiters.size > 0 || this.#available < count) return false;
    this.#available -= count;
    return true;
  }

  /** Takes permits when they are there. Rejects, having taken none, when the signal fires. */
  acquire(count = 1, signal?: AbortSignalLike): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(cancelledError(signal));
    if (this.tryAcquire(count)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        signal?.removeEventListener("abort", onAbort);
        this.#waiters.delete(waiter);
        if (signal !== undefined) reject(cancelledError(signal));
        this.#serve(); // who stood behind may fit where this one did not
      };
      const waiter: Waiter = {
        count,
        grant: () => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      this.#waiters.add(waiter);
      signal?.addEventListener("abort", onAbort);
    });
  }

  /** Gives permits back, and lets those go on that wait for them, in order. */
  release(count = 1): void {
    this.#available += count;
    this.#serve();
  }

  #serve(): void {
    for (const waiter of this.#waiters) {
      if (waiter.count > this.#available) return;
      this.#available -= waiter.count;
      this.#waiters.delete(waiter);
      waiter.grant();
    }
  }
}

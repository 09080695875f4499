import { type AbortSignalLike, cancelledError } from "./cancellation.ts";

interface Waiter {
  readonly count: number;
  readonly grant: () => void;
}

/**
 * Counts permits. Waiting callers are served in order: if small requests could overtake a large one, it might wait
 * forever.
 */
export class Semaphore {
  #available: number;
  readonly #waiters = new Set<Waiter>();

  /** `permits` is the number of permits that can be taken at once, a whole number. */
  constructor(permits: number) {
    this.#available = permits;
  }

  /** The number of free permits. */
  get available(): number {
    return this.#available;
  }

  /** The number of waiting calls of {@link acquire}. */
  get waiting(): number {
    return this.#waiters.size;
  }

  /** Takes permits if they are free and no caller waits. Returns whether it did. */
  tryAcquire(count = 1): boolean {
    if (this.#waiters.size > 0 || this.#available < count) return false;
    this.#available -= count;
    return true;
  }

  /** Takes permits as soon as they are free. When the signal fires it rejects and has taken none. */
  acquire(count = 1, signal?: AbortSignalLike): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(cancelledError(signal));
    if (this.tryAcquire(count)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        signal?.removeEventListener("abort", onAbort);
        this.#waiters.delete(waiter);
        if (signal !== undefined) reject(cancelledError(signal));
        this.#serve(); // a later caller may need fewer permits than this one did
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

  /** Returns permits, and serves waiting callers in order. */
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

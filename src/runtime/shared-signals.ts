import { type AbortSignalLike, Cancellation } from "./cancellation.ts";

/**
 * Listens to each user's signal once, however many calls it is passed to. Node warns of a leak at the eleventh listener
 * of a signal, but ending all calls of a program with one signal is correct.
 */
export class SharedSignals {
  readonly #shared = new WeakMap<AbortSignalLike, AbortSignalLike>();

  /** The signal to listen to instead of `signal`. It keeps nothing alive once it has no listeners. */
  of(signal: AbortSignalLike): AbortSignalLike;
  of(signal: AbortSignalLike | undefined): AbortSignalLike | undefined;
  of(signal: AbortSignalLike | undefined): AbortSignalLike | undefined {
    if (signal === undefined || signal instanceof Cancellation || signal instanceof SharedSignal) return signal;
    let shared = this.#shared.get(signal);
    if (shared === undefined) this.#shared.set(signal, (shared = new SharedSignal(signal)));
    return shared;
  }
}

class SharedSignal implements AbortSignalLike {
  readonly #source: AbortSignalLike;
  readonly #listeners = new Set<() => void>();
  readonly #fire = (): void => {
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener();
  };

  constructor(source: AbortSignalLike) {
    this.#source = source;
  }

  get aborted(): boolean {
    return this.#source.aborted;
  }

  get reason(): unknown {
    return this.#source.reason;
  }

  addEventListener(_type: "abort", listener: () => void): void {
    if (this.aborted) return; // like a host's signal, it does not fire again
    if (this.#listeners.size === 0) this.#source.addEventListener("abort", this.#fire);
    this.#listeners.add(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    if (this.#listeners.delete(listener) && this.#listeners.size === 0)
      this.#source.removeEventListener("abort", this.#fire);
  }
}

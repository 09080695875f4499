import { type AbortSignalLike, Cancellation } from "./cancellation.ts";

/**
 * Users' signals, each of which is listened to once however many calls it was given to: Node warns of a leak at the
 * eleventh listener of one signal, although a program that ends all of its calls with one signal is right.
 */
export class SharedSignals {
  readonly #shared = new WeakMap<AbortSignalLike, AbortSignalLike>();

  /** The signal to listen to in place of this one. Nothing of it is held once nobody listens. */
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
    if (this.aborted) return; // as a host's: it does not fire again
    if (this.#listeners.size === 0) this.#source.addEventListener("abort", this.#fire);
    this.#listeners.add(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    if (this.#listeners.delete(listener) && this.#listeners.size === 0)
      this.#source.removeEventListener("abort", this.#fire);
  }
}

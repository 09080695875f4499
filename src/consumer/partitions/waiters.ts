import type { KeepAlive } from "../../runtime/keep-alive.ts";

/** Loops that wait for a batch. They keep the process alive. */
export class Waiters {
  readonly #alive: Pick<KeepAlive, "hold" | "release">;
  #waiting: (() => void)[] = [];

  constructor(alive: Pick<KeepAlive, "hold" | "release">) {
    this.#alive = alive;
  }

  /** Resolves with the next {@link wake}. */
  wait(): Promise<void> {
    this.#alive.hold();
    return new Promise((resolve) => {
      this.#waiting.push(() => {
        this.#alive.release();
        resolve();
      });
    });
  }

  /** Returns whether a loop was waiting. */
  wake(): boolean {
    const waiting = this.#waiting;
    if (waiting.length === 0) return false;
    this.#waiting = [];
    for (const wake of waiting) wake();
    return true;
  }
}

import type { AsyncRuntime, Delay } from "./async-runtime.ts";
import { dispose } from "./dispose.ts";

/** The longest that most hosts can wait: 24 days. */
const LONG_MS = 2_147_483_647;
/**
 * So much later than it could a process ends. A turn of the host in place of it cost a timer and an immediate for each
 * send: 7 % of the CPU time at 2,000 a second.
 */
const LET_GO_AFTER_MS = 10;

/**
 * Keeps the process alive while somebody waits for something: records that are not acknowledged yet, a loop that waits
 * for its next record, a call. Deadlines do not (see {@link DeadlineWheel}), and a socket does only while a request is
 * under way: between two tries there is neither, and a process that ends then has lost what it had promised.
 *
 * A long delay does it, which is let go a little after the last hold ended: most waits are followed by another.
 */
export class KeepAlive {
  readonly #runtime: AsyncRuntime;
  #holds = 0;
  #delay: Delay | undefined;
  #check: Delay | undefined;
  #isClosed = false;

  constructor(runtime: AsyncRuntime) {
    this.#runtime = runtime;
  }

  /** Keeps the process alive until it is released so often as it was held. */
  hold(): void {
    if (this.#holds++ > 0 || this.#delay !== undefined || this.#isClosed) return;
    const delay = this.#runtime.delayFor(LONG_MS);
    this.#delay = delay;
    delay.then(() => {
      if (this.#delay === delay) this.#letGo();
    });
  }

  release(): void {
    if (--this.#holds > 0 || this.#delay === undefined || this.#check !== undefined) return;
    const check = this.#runtime.delayFor(LET_GO_AFTER_MS);
    this.#check = check;
    check.then(() => {
      if (this.#check !== check) return;
      this.#endCheck();
      if (this.#holds === 0) this.#letGo();
    });
  }

  /** From now on it holds nothing. */
  close(): void {
    this.#isClosed = true;
    this.#endCheck();
    this.#letGo();
  }

  #endCheck(): void {
    const check = this.#check;
    this.#check = undefined;
    if (check !== undefined) dispose(check);
  }

  #letGo(): void {
    const delay = this.#delay;
    this.#delay = undefined;
    if (delay !== undefined) dispose(delay);
  }
}

import type { AsyncRuntime, Delay } from "./async-runtime.ts";
import { dispose } from "./dispose.ts";

/** The longest wait that most hosts support: 24 days. */
const LONG_MS = 2_147_483_647;
/**
 * How much later than possible the process may end. Waiting one turn of the host instead would cost a timer and an
 * immediate for each send: 7 % of the CPU time at 2,000 a second.
 */
const LET_GO_AFTER_MS = 10;

/**
 * Keeps the process alive while something is awaited: unacknowledged records, the next record of a loop, or a call.
 * Deadlines do not keep it alive (see {@link DeadlineWheel}), and a socket does so only while a request is in flight.
 * Between two attempts there is neither: if the process ended then, it would lose what it had promised.
 *
 * It uses one long delay. The delay is disposed a little after the last hold ended, because most waits are followed by
 * another.
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

  /** Keeps the process alive until {@link release} has been called as often as this. */
  hold(): void {
    if (this.#holds++ > 0 || this.#delay !== undefined || this.#isClosed) return;
    const delay = this.#delayFor(LONG_MS);
    this.#delay = delay;
    delay?.then(() => {
      if (this.#delay === delay) this.#letGo();
    });
  }

  /** Ends one {@link hold}. */
  release(): void {
    if (--this.#holds > 0 || this.#delay === undefined || this.#check !== undefined) return;
    const check = this.#delayFor(LET_GO_AFTER_MS);
    this.#check = check;
    check?.then(() => {
      if (this.#check !== check) return;
      this.#endCheck();
      if (this.#holds === 0) this.#letGo();
    });
  }

  /** Releases everything. Later holds have no effect. */
  close(): void {
    this.#isClosed = true;
    this.#endCheck();
    this.#letGo();
  }

  /** Undefined on a broken runtime: its client stops, and nothing is worth waiting for. */
  #delayFor(durationMs: number): Delay | undefined {
    try {
      return this.#runtime.delayFor(durationMs);
    } catch {
      return undefined;
    }
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

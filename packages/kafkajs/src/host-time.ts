import type { Host } from "./host.ts";

type Timed = Pick<Host, "runtime" | "clock">;

/** The longest wait that a runtime takes, in ms. */
const LONGEST_MS = 2_147_483_647;

/** Waits for `ms`; 0 is one turn of the host. A negative time, or one that is not a number, counts as 0. */
export async function sleep(host: Timed, ms: number): Promise<void> {
  const deadlineMs = host.clock.monotonic() + ms;
  let restMs = ms;
  do {
    await elapsed(host, Math.min(Math.max(restMs || 0, 0), LONGEST_MS));
    restMs = deadlineMs - host.clock.monotonic();
  } while (restMs > 0);
}

/** A wait that can be ended early: for what a disconnect must not wait for. */
export class Pause {
  readonly done: Promise<void>;
  #end: () => void = () => undefined;

  constructor(host: Timed, ms: number) {
    const delay = host.runtime.delayFor(Math.min(Math.max(ms || 0, 0), LONGEST_MS));
    let ended = false;
    this.done = new Promise((resolve) => {
      this.#end = () => {
        if (ended) return;
        ended = true;
        delay[Symbol.dispose]();
        resolve();
      };
      delay.then(this.#end);
    });
  }

  /** Ends the wait now. Harmless after its end. */
  end(): void {
    this.#end();
  }
}

function elapsed({ runtime }: Timed, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const delay = runtime.delayFor(ms);
    delay.then(() => {
      delay[Symbol.dispose]();
      resolve();
    });
  });
}

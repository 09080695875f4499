import type { Host } from "../host.ts";
import { Pause } from "../host-time.ts";

/**
 * A batch that was handled waits this long, in ms, for others to be committed with it. It is short beside what is
 * delivered again after a kill anyway: a batch at work and the messages of a round trip.
 */
const LINGER_MS = 5;

/** A commit that has not begun. */
interface NextCommit {
  readonly linger: Pause;
  readonly done: Promise<void>;
}

/**
 * Commits the batches of several partitions that end at nearly the same time with one request. A commit begins when no
 * batch is with a handler or waits for one, and after 5 ms at the latest.
 */
export class SharedCommits {
  readonly #host: Pick<Host, "runtime" | "clock">;
  readonly #commit: () => Promise<void>;
  /** Batches that wait for a handler or are with one. */
  #ahead = 0;
  #next: NextCommit | undefined;

  constructor(host: Pick<Host, "runtime" | "clock">, commit: () => Promise<void>) {
    this.#host = host;
    this.#commit = commit;
  }

  /** A batch will end with {@link handled} or {@link left}. */
  begun(): void {
    this.#ahead++;
  }

  /** A batch needs no commit. */
  left(): void {
    if (--this.#ahead === 0) this.hurry();
  }

  /** A batch is ready to be committed. Settles when that is done; rejects with the error of the commit. */
  handled(): Promise<void> {
    this.#ahead--;
    if (this.#ahead === 0 && this.#next === undefined) return this.#commit();
    const { done } = (this.#next ??= this.#later());
    if (this.#ahead === 0) this.hurry();
    return done;
  }

  /** A commit that waits for more batches begins now. */
  hurry(): void {
    this.#next?.linger.end();
  }

  #later(): NextCommit {
    const linger = new Pause(this.#host, LINGER_MS);
    const done = linger.done.then(() => {
      this.#next = undefined;
      return this.#commit();
    });
    return { linger, done };
  }
}

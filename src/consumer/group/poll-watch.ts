/** A loop of the application's, seen from outside. */
export interface Watched {
  /** Whether the application waits for more. */
  readonly isAsking: boolean;
  /** Changes as long as it gets on. */
  progress(): number;
}

/** How a loop was when something last moved. */
interface Seen {
  progress: number;
  sinceMs: number;
}

/**
 * Whether an application is stuck: one of its loops has something in hand and nothing has moved for too long, or it
 * reads not at all. Looked at from outside now and then, so that handing out records costs nothing for it; it may be
 * told late by one look, never early.
 */
export class PollWatch {
  readonly #maxPollIntervalMs: number;
  #seen = new Map<Watched, Seen>();
  /** Since when no loop runs; undefined while one does. */
  #idleSinceMs: number | undefined;

  constructor(maxPollIntervalMs: number) {
    this.#maxPollIntervalMs = maxPollIntervalMs;
  }

  isStalled(loops: ReadonlySet<Watched>, nowMs: number): boolean {
    this.#idleSinceMs = loops.size > 0 ? undefined : (this.#idleSinceMs ?? nowMs);
    let sinceMs = this.#idleSinceMs ?? nowMs;
    const seen = new Map<Watched, Seen>();
    for (const loop of loops) {
      const progress = loop.progress();
      const before = this.#seen.get(loop);
      const now =
        before === undefined || loop.isAsking || before.progress !== progress ? { progress, sinceMs: nowMs } : before;
      seen.set(loop, now);
      sinceMs = Math.min(sinceMs, now.sinceMs);
    }
    this.#seen = seen;
    return nowMs - sinceMs >= this.#maxPollIntervalMs;
  }

  reset(): void {
    this.#seen.clear();
    this.#idleSinceMs = undefined;
  }
}

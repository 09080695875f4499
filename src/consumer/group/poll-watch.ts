/** A loop of the application, as the watch sees it. */
export interface Watched {
  /** Whether the application waits for records. */
  readonly isAsking: boolean;
  /** Changes while the application makes progress. */
  progress(): number;
}

/** A loop's state at its last progress. */
interface Seen {
  progress: number;
  sinceMs: number;
}

/**
 * Detects an application that is stuck: one of its loops has records in progress and has made no progress for too long,
 * or no loop is active. It checks from time to time, so that delivering records costs nothing for it. It may detect a
 * stall late by one check, never early.
 */
export class PollWatch {
  readonly #maxPollIntervalMs: number;
  #seen = new Map<Watched, Seen>();
  /** The time since which no loop is active (monotonic ms); undefined while one is. */
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

  /** Since when a loop has made no progress (monotonic ms); undefined if it has since the last check. */
  stalledSinceMs(loop: Watched): number | undefined {
    const seen = this.#seen.get(loop);
    return seen !== undefined && !loop.isAsking && seen.progress === loop.progress() ? seen.sinceMs : undefined;
  }

  reset(): void {
    this.#seen.clear();
    this.#idleSinceMs = undefined;
  }
}

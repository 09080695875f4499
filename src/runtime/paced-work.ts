import type { Host } from "./host.ts";
import { TURN_EVERY_MS } from "./host-turns.ts";
import { turn } from "./sleep.ts";

/** Work of many small steps. */
export interface PacedJob {
  /**
   * Does up to `limit` steps, and returns how many there were. Fewer than `limit`: none is left for now. Must not
   * throw.
   */
  some(limit: number): number;
  /**
   * How much work of the client's own each step leaves to microtasks, in ms: no clock shows it before it is too late.
   * Default 0.
   */
  readonly laterMs?: number;
  /** Called once, after the last step. */
  ended?(): void;
}

/** What runs jobs. */
export type JobRunner = Pick<PacedWork, "run">;

/** A step for each of some items, in their order. */
export function forEach<T>(items: readonly T[], step: (item: T) => void, laterMs = 0): PacedJob {
  let at = 0;
  return {
    laterMs,
    some: (limit) => {
      const from = at;
      for (const end = Math.min(items.length, at + limit); at < end; at++) step(items[at] as T);
      return at - from;
    },
  };
}

/** So many steps are done between two looks at the clock: 0.1 ms of settled promises. */
const CHUNK = 256;
/**
 * So many steps are done before the clock is looked at, and a turn of the host is waited for: what is small costs
 * nothing.
 */
const FREE_STEPS = 4096;

/** Runs jobs without pauses: for tests. */
export const UNPACED: JobRunner = Object.freeze({
  run(job: PacedJob) {
    while (job.some(CHUNK) === CHUNK);
    job.ended?.();
  },
});

/**
 * Runs jobs one after the other, at once, and gives the host a turn after 5 ms of such work: a response can settle
 * hundreds of thousands of promises, and timers and heartbeats would wait for all of them. Jobs keep their order; those
 * that do not come to their end in this turn go on in the next.
 *
 * A turn of the host cannot be seen from inside. So once there were many steps, a period is opened that ends with the
 * next turn. The work of all jobs in it counts together: several responses may come in one turn.
 */
export class PacedWork {
  readonly #host: Host;
  readonly #spawn: (task: () => Promise<void>) => void;
  #jobs: PacedJob[] = [];
  /** Since the last turn that is known of. */
  #steps = 0;
  #isOpen = false;
  #startedMs = 0;
  /** What the steps since the last turn have left to microtasks. */
  #laterMs = 0;

  constructor(host: Host, spawn: (task: () => Promise<void>) => void) {
    this.#host = host;
    this.#spawn = spawn;
  }

  /** Whether no job waits. */
  get isIdle(): boolean {
    return this.#jobs.length === 0;
  }

  /** Begins a job, at once if there is time and none waits before it. */
  run(job: PacedJob): void {
    if (this.#jobs.length > 0 || this.#isOver(0, 0) || !this.#work(job)) this.#jobs.push(job);
  }

  /** Settles when all jobs that were begun before have ended. */
  done(): Promise<void> {
    return new Promise((resolve) => this.run({ some: () => 0, ended: resolve }));
  }

  /** Works on a job; returns whether it came to its end. */
  #work(job: PacedJob): boolean {
    for (;;) {
      const done = job.some(CHUNK);
      const isOver = this.#isOver(done, job.laterMs ?? 0);
      if (done < CHUNK) break;
      if (isOver) return false;
    }
    job.ended?.();
    return true;
  }

  /** Counts steps; returns whether the time of this turn is over. */
  #isOver(steps: number, laterMs: number): boolean {
    this.#steps += steps;
    this.#laterMs += steps * laterMs;
    if (this.#isOpen) return this.#host.clock.monotonic() - this.#startedMs + this.#laterMs >= TURN_EVERY_MS;
    if (this.#steps < FREE_STEPS && this.#laterMs < TURN_EVERY_MS) return false;
    this.#isOpen = true;
    this.#startedMs = this.#host.clock.monotonic();
    this.#spawn(() => this.#nextTurns());
    return false;
  }

  async #nextTurns(): Promise<void> {
    for (;;) {
      await turn(this.#host.runtime);
      this.#steps = 0;
      this.#laterMs = 0;
      if (this.#jobs.length === 0) break;
      this.#startedMs = this.#host.clock.monotonic();
      // A job that begins meanwhile stands behind those that wait: they stay in the list until they have ended.
      let ended = 0;
      for (const job of this.#jobs) {
        if (!this.#work(job)) break;
        ended++;
        if (this.#isOver(0, 0)) break;
      }
      this.#jobs = this.#jobs.slice(ended);
    }
    this.#isOpen = false;
  }
}

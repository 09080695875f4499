import type { Host } from "./host.ts";
import { TURN_EVERY_MS } from "./host-turns.ts";
import { turn } from "./sleep.ts";

/** A job that consists of many small steps. */
export interface PacedJob {
  /**
   * Does up to `limit` steps and returns their number. A number below `limit` means that none is left for now. Must not
   * throw.
   */
  some(limit: number): number;
  /**
   * The client's own work that each step leaves to microtasks, in ms: the clock shows it only when it is too late.
   * Default 0.
   */
  readonly laterMs?: number;
  /** Called once, after the last step. */
  ended?(): void;
}

/** The part of {@link PacedWork} that runs jobs. */
export type JobRunner = Pick<PacedWork, "run">;

/** A job with one step for each item, in order. */
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

/** The number of steps between two looks at the clock: 0.1 ms of settled promises. */
const CHUNK = 256;
/** The number of steps that are done without looking at the clock or waiting for a turn: small jobs pay nothing. */
const FREE_STEPS = 4096;

/** Runs jobs without pauses: for tests. */
export const UNPACED: JobRunner = Object.freeze({
  run(job: PacedJob) {
    while (job.some(CHUNK) === CHUNK);
    job.ended?.();
  },
});

/**
 * Runs jobs one after the other, at once, and gives the host a turn after 5 ms of such work. One response can settle
 * hundreds of thousands of promises, and timers and heartbeats would otherwise wait for all of them. Jobs keep their
 * order. Those that do not finish in this turn continue in the next.
 *
 * Code cannot see when a turn of the host ends. So after many steps a period is opened that ends with the next turn. It
 * counts the work of all jobs together, because several responses may arrive in one turn.
 */
export class PacedWork {
  readonly #host: Host;
  readonly #spawn: (task: () => Promise<void>) => void;
  #jobs: PacedJob[] = [];
  /** The number of steps since the last known turn. */
  #steps = 0;
  #isOpen = false;
  #isUnpaced = false;
  #startedMs = 0;
  /** The work that the steps since the last turn have left to microtasks. */
  #laterMs = 0;

  constructor(host: Host, spawn: (task: () => Promise<void>) => void) {
    this.#host = host;
    this.#spawn = spawn;
  }

  /** Whether no job is waiting. */
  get isIdle(): boolean {
    return this.#jobs.length === 0;
  }

  /** Starts a job: at once if there is time and no other job is waiting. */
  run(job: PacedJob): void {
    if (this.#isUnpaced) UNPACED.run(job);
    else if (this.#jobs.length > 0 || this.#isOver(0, 0) || !this.#work(job)) this.#jobs.push(job);
  }

  /** Settles when all jobs started before have ended. */
  done(): Promise<void> {
    return new Promise((resolve) => this.run({ some: () => 0, ended: resolve }));
  }

  /** The runtime is broken: runs all jobs now, and later ones at once, without giving the host turns. */
  finish(): void {
    this.#isUnpaced = true;
    const jobs = this.#jobs;
    this.#jobs = [];
    for (const job of jobs) UNPACED.run(job);
  }

  /** Works on a job. Returns whether it has ended. */
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

  /** Counts steps. Returns whether the time of this turn is used up. */
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
      try {
        await turn(this.#host.runtime);
      } catch {
        this.finish();
        return;
      }
      this.#steps = 0;
      this.#laterMs = 0;
      if (this.#jobs.length === 0) break;
      this.#startedMs = this.#host.clock.monotonic();
      // Jobs stay in the list until they have ended, so a job that starts meanwhile queues behind them.
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

import type { AsyncRuntime, Delay } from "../async-runtime.ts";

/** One law of the contract. */
export interface Law {
  /** Its id in `docs/runtimes.md`: `S1`, `D7`, `R2`. */
  readonly id: string;
  readonly title: string;
  /**
   * `first`: before the other laws, because it counts what they may leave behind. `last`: it is tried in its turn, and
   * its result is known only when all others were tried.
   */
  readonly turn?: "first" | "last";
  /** Throws {@link LawBroken}. Returns what was observed, or {@link unmeasured} with the reason. */
  readonly check: (bench: Bench) => PromiseLike<Finding>;
}

/** The observation of a law: a sentence for the report, nothing, or why it could not be measured. */
export type Finding = string | undefined | Unmeasured;

/** Why a law could not be measured. */
export interface Unmeasured {
  readonly unmeasured: string;
}

/** The result of a law that could not be measured; without a reason, because a probe was not given. */
export function unmeasured(reason = "needs a probe that was not given"): Unmeasured {
  return { unmeasured: reason };
}

/** The kit's view of the host. The kit uses no host API itself: a law that needs a missing probe stays unmeasured. */
export interface Probes {
  /** Waits `ms`, in real or virtual time. Every wait of the kit uses it. */
  readonly sleep: (ms: number) => PromiseLike<unknown>;
  /**
   * A clock in ms that never goes back, of the time that `sleep` follows. It measures the run, and a runtime that has
   * no `clock` of its own.
   */
  readonly monotonic: () => number;
  /** Bytes of live heap after a garbage collection, for R1 and R2. */
  readonly heapUsed?: () => number;
  /**
   * The number of timers and other handles that keep the process alive, for R3, R4 and R5. On Node: those in
   * `process.getActiveResourcesInfo()` that are no requests.
   */
  readonly activeTimers?: () => number;
  /** An async context that follows promises (`AsyncLocalStorage`), for S10. */
  readonly asyncContext?: { run<T>(value: string, body: () => T): T; get(): string | undefined };
  /** The number of delays that live at once in R2. Default 1,000,000. */
  readonly liveDelays?: number;
  /** The longest delay that D20 waits for, in ms. Default 5000. */
  readonly longestDelayMs?: number;
}

/** The probes and the runtime under test. */
export interface Bench extends Probes {
  readonly makeRuntime: () => AsyncRuntime;
  readonly runtime: AsyncRuntime;
  /** The clock that the laws measure by: the runtime's own, or the host's. */
  readonly monotonic: () => number;
  /** The clock of the host, by which the kit limits its own work. */
  readonly hostMs: () => number;
  /** How long a wait lasts without progress, and {@link Patience.end} where it ended so. */
  readonly patience: Patience;
  /** The time that is left for the run, in ms. */
  readonly remainingMs: () => number;
  /** Throws if the time of the law or of the run is over. Every wait calls it. */
  readonly checkTime: () => void;
  /** Notes that a delay or a task was so late. */
  readonly late: (ms: number) => void;
  /** Notes that a delay called back a second time. */
  readonly twice: () => void;
}

/** How long the kit waits for an event. After some events that never came it waits less long for each. */
export interface Patience {
  readonly ms: number;
  /** Notes that an event did not come. */
  end(): void;
}

/** A law does not hold; the message says what was observed. */
export class LawBroken extends Error {}

/** Thrown by tasks and callbacks of the kit to check that others continue. The host reports it; ignore it there. */
export class ConformanceProbeError extends Error {}

/** Throws {@link LawBroken} unless `holds`. */
export function must(holds: boolean, seen: string): asserts holds {
  if (!holds) throw new LawBroken(seen);
}

/**
 * Calls back once the delay has fired. If `then` returns a promise, its rejection is ignored here: only D13 is about
 * that.
 */
export function whenElapsed(delay: Delay, callback: (value: void) => void): void {
  const told = delay.then(callback) as { catch?: (ignore: () => void) => void } | undefined;
  told?.catch?.(() => undefined);
}

/** Makes a delay, calls back when it has fired, and notes how late it was. */
export function start(bench: Bench, ms: number, callback: () => void): Delay {
  const due = bench.monotonic() + (ms > 0 ? ms : 0);
  const delay = bench.runtime.delayFor(ms);
  let times = 0;
  whenElapsed(delay, () => {
    if (++times > 1) bench.twice();
    bench.late(bench.monotonic() - due);
    callback();
  });
  return delay;
}

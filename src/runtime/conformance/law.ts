import type { AsyncRuntime, Delay } from "../async-runtime.ts";

/** One law of the contract. */
export interface Law {
  /** Its id in `docs/runtimes.md`: `S1`, `D7`, `R2`. */
  readonly id: string;
  readonly title: string;
  /** Runs before the other laws, because it counts what they may leave behind. */
  readonly isFirst?: boolean;
  /** Throws {@link LawBroken}. Returns what was observed, or {@link UNMEASURED} if a probe is missing. */
  readonly check: (bench: Bench) => PromiseLike<Finding>;
}

/** The observation of a law: a sentence for the report, nothing, or that it could not be measured. */
export type Finding = string | undefined | typeof UNMEASURED;

/** The result of a law that needs a probe which was not given. */
export const UNMEASURED: unique symbol = Symbol("unmeasured");

/** The kit's view of the host. The kit uses no host API itself: a law that needs a missing probe stays unmeasured. */
export interface Probes {
  /** Waits `ms`, in real or virtual time. Every wait of the kit uses it. */
  readonly sleep: (ms: number) => PromiseLike<unknown>;
  /** A clock in ms that never goes back, of the time that delays follow. */
  readonly monotonic: () => number;
  /** Bytes of live heap after a garbage collection, for R1 and R2. */
  readonly heapUsed?: () => number;
  /**
   * The number of timers that keep the process alive, for R3 and R4. On Node: the `Timeout`s in
   * `process.getActiveResourcesInfo()`.
   */
  readonly activeTimers?: () => number;
  /** An async context that follows promises (`AsyncLocalStorage`), for S10. */
  readonly asyncContext?: { run<T>(value: string, body: () => T): T; get(): string | undefined };
  /** The number of delays that live at once in R2. Default 1,000,000. */
  readonly liveDelays?: number;
}

/** The probes and the runtime under test. */
export interface Bench extends Probes {
  readonly makeRuntime: () => AsyncRuntime;
  readonly runtime: AsyncRuntime;
}

/** A law does not hold; the message says what was observed. */
export class LawBroken extends Error {}

/** Thrown by tasks and callbacks of the kit to check that others continue. The host reports it; ignore it there. */
export class ConformanceProbeError extends Error {}

/** Throws {@link LawBroken} unless `holds`. */
export function must(holds: boolean, seen: string): asserts holds {
  if (!holds) throw new LawBroken(seen);
}

/** Whether a promise settles within `ms`. A broken delay never does, and must not hang the kit. */
export async function settlesWithin(bench: Bench, promise: PromiseLike<unknown>, ms: number): Promise<boolean> {
  let settled = false;
  const done = (): void => {
    settled = true;
  };
  promise.then(done, done);
  for (let waited = 0; !settled && waited < ms; waited += 5) await bench.sleep(5);
  return settled;
}

/** How many more turns of the host a delay gets that is late, before the kit says that it does not fire. */
const PATIENCE = 40;

/**
 * Sleeps for `ms`, and then until `happened` says so. A busy host may not run this process for longer than `ms`: then
 * the sleep ends in the turn in which the delays fire, and a delay that their callbacks make fires in a later one. A
 * broken delay never fires, and must not hang the kit.
 */
export async function sleepUntil(bench: Bench, ms: number, happened: () => boolean): Promise<void> {
  await bench.sleep(ms);
  for (let turn = 0; turn < PATIENCE && !happened(); turn++) await bench.sleep(5);
}

/**
 * Calls back once the delay has fired. If `then` returns a promise, its rejection is ignored here: only D13 is about
 * that.
 */
export function whenElapsed(delay: Delay, callback: (value: void) => void): void {
  const told = delay.then(callback) as { catch?: (ignore: () => void) => void } | undefined;
  told?.catch?.(() => undefined);
}

/** Gives the host several turns, so that everything that is due by now has run. */
export async function settle(bench: Bench): Promise<void> {
  for (let i = 0; i < 3; i++) await bench.sleep(1);
}

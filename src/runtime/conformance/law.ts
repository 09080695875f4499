import type { AsyncRuntime, Delay } from "../async-runtime.ts";

/** What a law of the contract is about. */
export interface Law {
  /** As `docs/runtimes.md` calls it: `S1`, `D7`, `R2`. */
  readonly id: string;
  readonly title: string;
  /** Looked at before the others: it counts what they may leave behind. */
  readonly isFirst?: boolean;
  /** Throws {@link LawBroken}; answers what was seen, or {@link UNMEASURED} where a probe is missing. */
  readonly check: (bench: Bench) => PromiseLike<Finding>;
}

/** What a law saw: a sentence for the report, nothing, or that it could not look. */
export type Finding = string | undefined | typeof UNMEASURED;

/** The answer of a law that needs a probe which was not given. */
export const UNMEASURED: unique symbol = Symbol("unmeasured");

/** How the kit sees the host. It names none: whatever it cannot do with these, it leaves unmeasured. */
export interface Probes {
  /** Waits so many ms, in real or in virtual time. Everything that the kit waits for goes through it. */
  readonly sleep: (ms: number) => PromiseLike<unknown>;
  /** Ms that never go back, of the time that delays follow. */
  readonly monotonic: () => number;
  /** Bytes of live heap, after a collection: for R1 and R2. */
  readonly heapUsed?: () => number;
  /**
   * How many timers keep the process alive: for R3 and R4. On Node: `Timeout`s of `process.getActiveResourcesInfo()`.
   */
  readonly activeTimers?: () => number;
  /** An async context that follows promises (`AsyncLocalStorage`): for S10. */
  readonly asyncContext?: { run<T>(value: string, body: () => T): T; get(): string | undefined };
  /** How many delays live at once in R2. Default 1,000,000. */
  readonly liveDelays?: number;
}

/** What a law works with. */
export interface Bench extends Probes {
  readonly makeRuntime: () => AsyncRuntime;
  readonly runtime: AsyncRuntime;
}

/** A law does not hold; the message says what was seen. */
export class LawBroken extends Error {}

/**
 * What the kit throws in tasks and callbacks to see that others go on: the host reports it, and who runs the kit
 * ignores it.
 */
export class ConformanceProbeError extends Error {}

/** Throws unless it holds. */
export function must(holds: boolean, seen: string): asserts holds {
  if (!holds) throw new LawBroken(seen);
}

/** Whether a promise settles within so many ms: a broken delay never does, and must not hang the kit. */
export async function settlesWithin(bench: Bench, promise: PromiseLike<unknown>, ms: number): Promise<boolean> {
  let settled = false;
  const done = (): void => {
    settled = true;
  };
  promise.then(done, done);
  for (let waited = 0; !settled && waited < ms; waited += 5) await bench.sleep(5);
  return settled;
}

/**
 * Calls back once the delay has fired. A promise's own promise is looked after: that one rejects concerns D13 alone.
 */
export function whenElapsed(delay: Delay, callback: (value: void) => void): void {
  const told = delay.then(callback) as { catch?: (ignore: () => void) => void } | undefined;
  told?.catch?.(() => undefined);
}

/** So many times the host's turn: what is due by now is over. */
export async function settle(bench: Bench): Promise<void> {
  for (let i = 0; i < 3; i++) await bench.sleep(1);
}

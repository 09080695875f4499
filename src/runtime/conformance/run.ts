import type { AsyncRuntime } from "../async-runtime.ts";
import { ClockWitness } from "./clock-witness.ts";
import { type Bench, type Finding, type Law, LawBroken, type Patience, type Probes, must } from "./law.ts";

/** The longest that one law may sleep, in ms. Each of its waits is shorter, so this ends only one that hangs. */
const LAW_MS = 20_000;
/** After this long without progress an event does not happen. Late runtimes stay below it. */
const PATIENCE_MS = 2000;
/** The same after {@link EVENTS_MISSED} events that did not happen, so that the run comes to its end. */
const LESS_PATIENCE_MS = 500;
const EVENTS_MISSED = 3;
/** A delay or task that is less late than this is on time: hosts are busy now and then. */
const ON_TIME_MS = 10;

/** The outcome of a law: the observation, and how late the runtime was in it. */
export interface Outcome {
  readonly verdict: "pass" | "fail" | "unmeasured";
  readonly detail: string;
  readonly latenessMs: number;
  /** Whether a method of the runtime threw. */
  readonly hasThrown: boolean;
}

/**
 * Runs laws one after the other and ends each that does not end by itself: a runtime may never call back. It counts
 * time in two ways, by the sleeps and by the clock, because either may be the runtime's own.
 */
export class Run {
  readonly #probes: Probes;
  readonly #limitMs: number;
  readonly #began: number;
  /** How long the laws of this run wait for an event. */
  readonly patience: Patience = new RunPatience();
  readonly #witness: ClockWitness = new ClockWitness();
  #slept = 0;
  #sleptBeforeLaw = 0;

  constructor(probes: Probes, limitMs: number) {
    this.#probes = probes;
    this.#limitMs = limitMs;
    this.#began = probes.monotonic();
  }

  /** Whether the time of the whole run is over. */
  get isTimeOver(): boolean {
    return this.#elapsedMs() >= this.#limitMs;
  }

  /** Whether a law was cut off, or not begun, because the time was over. */
  isCutOff = false;

  /** How many delays of the laws so far called back a second time. */
  firedTwice = 0;

  /** By how much the runtime's own clock went back since the run began, in ms: the most. 0 if it never did. */
  get clockBackMs(): number {
    this.#witness.read();
    return this.#witness.backMs;
  }

  #cutOff(): Pick<Outcome, "verdict" | "detail"> {
    this.isCutOff = true;
    return { verdict: "unmeasured", detail: `the run had taken its ${this.#limitMs / 1000} s` };
  }

  /** The outcome of a law. Never rejects. */
  async examine(law: Law, makeRuntime: () => AsyncRuntime, usesOwnClock: boolean): Promise<Outcome> {
    if (this.isTimeOver) return { ...this.#cutOff(), latenessMs: 0, hasThrown: false };
    this.#sleptBeforeLaw = this.#slept;
    let latenessMs = 0;
    const late = (ms: number): void => {
      latenessMs = Math.max(latenessMs, ms);
    };
    const outcome = await this.#check(law, makeRuntime, usesOwnClock, late);
    const isLate = outcome.verdict === "pass" && latenessMs > ON_TIME_MS;
    const words = isLate ? `up to ${latenessMs.toFixed(0)} ms late` : "";
    return { ...outcome, detail: [outcome.detail, words].filter((part) => part !== "").join("; "), latenessMs };
  }

  async #check(
    law: Law,
    makeRuntime: () => AsyncRuntime,
    usesOwnClock: boolean,
    late: (ms: number) => void,
  ): Promise<Omit<Outcome, "latenessMs">> {
    let finding: Finding;
    try {
      finding = await law.check(this.bench(makeRuntime, usesOwnClock, late));
    } catch (error) {
      if (error instanceof TimeOver) return { ...this.#cutOff(), hasThrown: false };
      return error instanceof LawBroken
        ? { verdict: "fail", detail: error.message, hasThrown: false }
        : { verdict: "fail", detail: `the runtime threw: ${text(error)}`, hasThrown: true };
    }
    if (typeof finding === "object") return { verdict: "unmeasured", detail: finding.unmeasured, hasThrown: false };
    return { verdict: "pass", detail: finding ?? "", hasThrown: false };
  }

  /** The bench of a law, with a runtime of its own. */
  bench(makeRuntime: () => AsyncRuntime, usesOwnClock: boolean, late: (ms: number) => void): Bench {
    const runtime = makeRuntime();
    const { monotonic: hostMs, sleep } = this.#probes;
    this.#witness.watch(runtime);
    const clock = usesOwnClock ? runtime.clock : undefined;
    return {
      ...this.#probes,
      makeRuntime,
      runtime,
      hostMs,
      late,
      twice: () => {
        this.firedTwice++;
      },
      monotonic: clock === undefined ? hostMs : (): number => (this.#witness.read(), clock.monotonic()),
      patience: this.patience,
      remainingMs: () => this.#limitMs - this.#elapsedMs(),
      checkTime: () => this.#checkTime(),
      sleep: (ms) => {
        this.#slept += ms;
        return sleep(ms);
      },
    };
  }

  #checkTime(): void {
    this.#witness.read();
    const limitMs = LAW_MS + (this.#probes.longestDelayMs ?? 0);
    must(this.#slept - this.#sleptBeforeLaw < limitMs, `the law did not end within ${limitMs / 1000} s`);
    if (this.isTimeOver) throw new TimeOver();
  }

  #elapsedMs(): number {
    return Math.max(this.#slept, this.#probes.monotonic() - this.#began);
  }
}

/** The patience of one run. */
export class RunPatience implements Patience {
  #missed = 0;

  get ms(): number {
    return this.#missed < EVENTS_MISSED ? PATIENCE_MS : LESS_PATIENCE_MS;
  }

  end(): void {
    this.#missed++;
  }
}

/** Thrown by a wait when the time of the run is over. */
class TimeOver extends Error {}

/** An error with the line of the runtime that threw it. A line of the kit would say nothing. */
function text(error: unknown): string {
  const line = error instanceof Error ? error.stack?.split("\n")[1]?.trim() : undefined;
  return line === undefined || line.includes("conformance") ? String(error) : `${String(error)} (${line})`;
}

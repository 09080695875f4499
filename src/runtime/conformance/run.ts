import type { AsyncRuntime } from "../async-runtime.ts";
import { type Bench, type Finding, type Law, LawBroken, type Probes } from "./law.ts";

/** The longest that one law may take, in ms. The slowest of a correct runtime take some 10 s on a busy machine. */
const LAW_MS = 20_000;
/** How often the kit looks whether a law is over, in ms. */
const LOOK_MS = 50;
/** A delay or task that is less late than this is on time: hosts are busy now and then. */
const ON_TIME_MS = 10;

/** The outcome of a law: what it found, and how late the runtime was in it. */
export interface Outcome {
  readonly verdict: "pass" | "fail" | "unmeasured";
  readonly detail: string;
  readonly latenessMs: number;
}

/**
 * Runs laws one after the other and ends each that does not end by itself: a runtime may never call back. It counts
 * time in two ways, by the sleeps and by the clock, because either may be the runtime's own.
 */
export class Run {
  readonly #probes: Probes;
  readonly #limitMs: number;
  readonly #began: number;
  #slept = 0;
  #isOver = false;
  #current: { readonly endsMs: number; readonly end: () => void } | undefined;

  constructor(probes: Probes, limitMs: number) {
    this.#probes = probes;
    this.#limitMs = limitMs;
    this.#began = probes.monotonic();
    void this.#watch();
  }

  /** Whether the time of the whole run is over. */
  get isTimeOver(): boolean {
    return this.#elapsedMs() >= this.#limitMs;
  }

  /** Lets the watch end. */
  end(): void {
    this.#isOver = true;
  }

  /** The outcome of a law. Never rejects. */
  async examine(law: Law, makeRuntime: () => AsyncRuntime, usesOwnClock: boolean): Promise<Outcome> {
    if (this.isTimeOver)
      return { verdict: "unmeasured", detail: `the run had taken its ${this.#limitMs / 1000} s`, latenessMs: 0 };
    const ended = this.#endOf();
    let latenessMs = 0;
    const late = (ms: number): void => {
      latenessMs = Math.max(latenessMs, ms);
    };
    const outcome = await Promise.race([this.#check(law, makeRuntime, usesOwnClock, late), ended]);
    this.#current = undefined;
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
      finding = await law.check(benchOf(this.#probes, makeRuntime, usesOwnClock, late));
    } catch (error) {
      return {
        verdict: "fail",
        detail: error instanceof LawBroken ? error.message : `the runtime threw: ${text(error)}`,
      };
    }
    if (typeof finding === "object") return { verdict: "unmeasured", detail: finding.unmeasured };
    return { verdict: "pass", detail: finding ?? "" };
  }

  #endOf(): Promise<Omit<Outcome, "latenessMs">> {
    const began = this.#elapsedMs();
    const endsMs = Math.min(began + LAW_MS, this.#limitMs);
    return new Promise((resolve) => {
      const end = (): void => {
        const seconds = ((this.#elapsedMs() - began) / 1000).toFixed(0);
        resolve({ verdict: "fail", detail: `the law did not end within ${seconds} s` });
      };
      this.#current = { endsMs, end };
    });
  }

  async #watch(): Promise<void> {
    while (!this.#isOver) {
      await this.#probes.sleep(LOOK_MS);
      this.#slept += LOOK_MS;
      if (this.#current !== undefined && this.#elapsedMs() >= this.#current.endsMs) this.#current.end();
    }
  }

  #elapsedMs(): number {
    return Math.max(this.#slept, this.#probes.monotonic() - this.#began);
  }
}

/** The bench of a law, with a runtime of its own. */
export function benchOf(
  probes: Probes,
  makeRuntime: () => AsyncRuntime,
  usesOwnClock: boolean,
  late: (ms: number) => void = () => undefined,
): Bench {
  const runtime = makeRuntime();
  const clock = usesOwnClock ? runtime.clock : undefined;
  const monotonic = clock === undefined ? probes.monotonic : (): number => clock.monotonic();
  return { ...probes, makeRuntime, runtime, monotonic, hostMs: probes.monotonic, late };
}

function text(error: unknown): string {
  const stack = error instanceof Error ? error.stack?.split("\n")[1]?.trim() : undefined;
  return stack === undefined ? String(error) : `${String(error)} (${stack})`;
}

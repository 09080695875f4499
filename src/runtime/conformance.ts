import type { AsyncRuntime } from "./async-runtime.ts";
import { ADVICE, NEVER_THROW } from "./conformance/advice.ts";
import { clockLaws } from "./conformance/clock-laws.ts";
import { delayLaws, lateness } from "./conformance/delay-laws.ts";
import type { Law, Probes } from "./conformance/law.ts";
import { checkArguments, checkedRuntime } from "./conformance/options.ts";
import { resourceLaws } from "./conformance/resource-laws.ts";
import { Run } from "./conformance/run.ts";
import { spawnLaws } from "./conformance/spawn-laws.ts";

export { ConformanceProbeError, type Probes } from "./conformance/law.ts";

/** The result of one law; `unmeasured` if it needs probes that were not given, or the time of the run was over. */
export type Verdict = "pass" | "fail" | "unmeasured";

/** The result of one law, with details. */
export interface LawResult {
  /** Its id in docs/runtimes.md, for example `S3`. */
  readonly id: string;
  /** The law as a sentence. */
  readonly title: string;
  /** Whether the law holds. */
  readonly verdict: Verdict;
  /** The kit's observation: the reason of a failure, or a figure. */
  readonly detail: string;
  /** The advice if the law is broken. */
  readonly advice: string;
  /** How late the latest delay or task of this law was, in ms. Being late breaks no law. */
  readonly latenessMs: number;
}

/** The results of all laws. */
export interface ConformanceReport {
  /** Whether no law failed and the run came to its end. Laws without their probes do not count. */
  readonly passed: boolean;
  /** Whether every law had its time. False if `limitMs` passed before. */
  readonly isComplete: boolean;
  /** The result of each law, in the order of docs/runtimes.md. */
  readonly laws: readonly LawResult[];
  /**
   * How late delays of 10 ms fire, the median in ms. This is information (D17), not a law. Undefined if delays do not
   * fire as they should.
   */
  readonly latenessMs: number | undefined;
}

/** The kit's probes into the host, and the laws to try. */
export interface ConformanceOptions extends Probes {
  /** The ids of the laws to try. Default: all. */
  readonly laws?: readonly string[];
  /**
   * The time after which no further law is tried, in ms. Default 50,000. A runtime that blocks the process, or a
   * `sleep` that does not return, can exceed it; `odradek conformance` ends also then.
   */
  readonly limitMs?: number;
  /** Called before each law: shows which one a runtime does not survive. */
  readonly onLawStart?: (law: Pick<LawResult, "id" | "title">) => void;
  /** Called after each law. */
  readonly onLaw?: (result: LawResult) => void;
}

const LIMIT_MS = 50_000;

/** All laws, in the order of docs/runtimes.md. */
function allLaws(): readonly Law[] {
  return [...spawnLaws(), ...delayLaws(), ...resourceLaws(), ...clockLaws()];
}

/** The id and title of each law, in the order of docs/runtimes.md. */
export function conformanceLaws(): readonly Pick<LawResult, "id" | "title">[] {
  return allLaws().map(({ id, title }) => ({ id, title }));
}

/**
 * Tests a runtime against every law of the contract, in real or virtual time, on any host. `docs/runtimes.md` lists the
 * laws and their reasons. It takes about ten seconds, plus the time for a million live delays (R2), and at most
 * `limitMs`. A runtime that is late is reported as late, with figures: lateness breaks no law.
 *
 * `makeRuntime` creates the runtime or returns an existing one. In laws S3, S4 and D14 a task or callback throws a
 * {@link ConformanceProbeError}, which the host reports in its usual way. If your host exits on uncaught errors, ignore
 * these. The function never rejects because of the runtime: the report contains all failures. It rejects with kind
 * `config` if an option is wrong or `makeRuntime` returns no runtime.
 */
export async function conformance(
  makeRuntime: () => AsyncRuntime,
  options: ConformanceOptions,
): Promise<ConformanceReport> {
  const laws = allLaws();
  const order = laws.map(({ id }) => id);
  checkArguments(makeRuntime, options, order);
  const { laws: wanted, onLaw: _onLaw, onLawStart: _onLawStart, limitMs = LIMIT_MS, ...probes } = options;
  checkShape(makeRuntime);
  const run = new Run(probes, limitMs);
  const tried = laws.filter(({ id }) => wanted === undefined || wanted.includes(id));
  const results = await tryAll(run, makeRuntime, tried, options);
  const isBroken = (id: string): boolean => results.some((law) => law.id === id && law.verdict === "fail");
  const fires = !isBroken("D3") && !isBroken("D4") && !run.isTimeOver;
  const latenessMs = fires ? await latenessOf(run, makeRuntime, canMeasure(results)) : undefined;
  const isComplete = !run.isCutOff;
  results.sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
  const passed = isComplete && results.every(({ verdict }) => verdict !== "fail");
  return { passed, isComplete, laws: results, latenessMs };
}

/** Tries laws, each in its turn. */
async function tryAll(
  run: Run,
  makeRuntime: () => AsyncRuntime,
  laws: readonly Law[],
  { onLaw, onLawStart }: Pick<ConformanceOptions, "onLaw" | "onLawStart">,
): Promise<LawResult[]> {
  const results: LawResult[] = [];
  const held: LawResult[] = [];
  const report = (result: LawResult): void => {
    results.push(result);
    onLaw?.(result);
  };
  for (const law of [...laws].sort((a, b) => turnOf(a) - turnOf(b))) {
    const { id, title } = law;
    onLawStart?.({ id, title });
    const usesOwnClock = turnOf(law) > 1 && canMeasure([...results, ...held]) && run.clockBackMs === 0;
    let outcome = await run.examine(law, makeRuntime, usesOwnClock);
    // The clock went back while it measured: the law is measured by the host's clock instead.
    if (usesOwnClock && outcome.verdict === "fail" && run.clockBackMs > 0)
      outcome = await run.examine(law, makeRuntime, false);
    const { hasThrown, ...seen } = outcome;
    const result: LawResult = { id, title, advice: hasThrown ? NEVER_THROW : (ADVICE[id] ?? ""), ...seen };
    if (law.turn === "last") held.push(result);
    else report(result);
  }
  for (const result of held) {
    const seen = result.verdict === "pass" ? seenByOthers(run, result.id) : undefined;
    report(seen === undefined ? result : { ...result, verdict: "fail", detail: seen });
  }
  return results;
}

/** How the other laws showed that a law whose turn is `last` is broken. */
function seenByOthers(run: Run, id: string): string | undefined {
  if (id === "E2" && run.clockBackMs > 0) return `it went back by ${run.clockBackMs.toFixed(3)} ms during another law`;
  if (id === "D3" && run.firedTwice > 0) return `${run.firedTwice} delays of other laws called back a second time`;
  return undefined;
}

/** Whether the runtime's own clock can measure the other laws. */
function canMeasure(results: readonly LawResult[]): boolean {
  return results.every(({ id, verdict }) => verdict !== "fail" || !["E1", "E2", "E3"].includes(id));
}

/** First the laws that count what others may leave behind, then the clock, by which the others are measured. */
function turnOf({ id, turn }: Pick<Law, "id" | "turn">): number {
  return turn === "first" ? 0 : id.startsWith("E") ? 1 : 2;
}

/** A runtime that throws breaks every law, and is reported so; one that is none is a mistake of the caller. */
function checkShape(makeRuntime: () => unknown): void {
  let made: unknown;
  try {
    made = makeRuntime();
  } catch {
    return;
  }
  checkedRuntime(made);
}

async function latenessOf(
  run: Run,
  makeRuntime: () => AsyncRuntime,
  usesOwnClock: boolean,
): Promise<number | undefined> {
  try {
    return await lateness(run.bench(makeRuntime, usesOwnClock, () => undefined));
  } catch {
    return undefined; // a runtime that throws now and then
  }
}

const MARKS: Readonly<Record<Verdict, string>> = { pass: "ok  ", fail: "FAIL", unmeasured: "  - " };

/** The result of a law as text: its mark, id and title, below them the observation, and what to do if it is broken. */
export function lawText({ id, title, verdict, detail, advice }: LawResult): string {
  const lines = [detail, verdict === "fail" ? advice : ""].filter((line) => line !== "");
  return [`${MARKS[verdict]} ${id.padEnd(4)} ${title}`, ...lines.map((line) => `          ${line}`)].join("\n");
}

/** How many laws hold, are broken and were not measured, and how late the runtime is, as one line of text. */
export function summaryText(report: ConformanceReport): string {
  const count = (verdict: Verdict): number => report.laws.filter((law) => law.verdict === verdict).length;
  const late = report.latenessMs === undefined ? "" : `; delays of 10 ms are ${report.latenessMs.toFixed(1)} ms late`;
  const cut = report.isComplete ? "" : " The run took too long, and ended before it had tried all laws.";
  return `${count("pass")} laws hold, ${count("fail")} are broken, ${count("unmeasured")} were not measured${late}.${cut}`;
}

/** The report as text, one law per line. */
export function conformanceText(report: ConformanceReport): string {
  return `${[...report.laws.map(lawText), "", summaryText(report)].join("\n")}\n`;
}

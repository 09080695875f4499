import type { AsyncRuntime } from "./async-runtime.ts";
import { delayLaws, lateness } from "./conformance/delay-laws.ts";
import { type Bench, type Finding, type Law, LawBroken, type Probes, UNMEASURED } from "./conformance/law.ts";
import { resourceLaws } from "./conformance/resource-laws.ts";
import { spawnLaws } from "./conformance/spawn-laws.ts";

export { ConformanceProbeError, type Probes } from "./conformance/law.ts";

/** What came of one law; `unmeasured` where the probes that it needs are absent. */
export type Verdict = "pass" | "fail" | "unmeasured";

/** What became of one law. */
export interface LawResult {
  /** Its id in docs/runtimes.md, for example `S3`. */
  readonly id: string;
  /** The law in a sentence. */
  readonly title: string;
  /** What came of it. */
  readonly verdict: Verdict;
  /** What was seen: why it failed, or a figure. */
  readonly detail: string;
}

/** What came of all laws. */
export interface ConformanceReport {
  /** Whether no law failed. What is unmeasured is not counted. */
  readonly passed: boolean;
  /** What came of each law, in the order of docs/runtimes.md. */
  readonly laws: readonly LawResult[];
  /**
   * By how much delays of 10 ms are late, the median in ms: information (D17), no law. Absent where delays do not fire
   * as they should.
   */
  readonly latenessMs: number | undefined;
}

/** How {@link conformance} sees the host, and which laws it tries. */
export interface ConformanceOptions extends Probes {
  /** Only these laws, by their ids. Default: all. */
  readonly laws?: readonly string[];
  /** Called after each law. */
  readonly onLaw?: (result: LawResult) => void;
}

/**
 * Measures a runtime against every law of the contract, in real or in virtual time, whatever the host: the laws and
 * their reasons are in `docs/runtimes.md`. Takes about two seconds, and some more for a million live delays (R2).
 *
 * `makeRuntime` makes the runtime, or answers the one that there is. Laws S3, S4 and D14 let a task or callback throw a
 * {@link ConformanceProbeError}, which the host reports in its usual way: whoever runs the kit on a host that ends at
 * uncaught errors ignores those. Never throws because of the runtime: what it does wrong is in the report.
 */
export async function conformance(
  makeRuntime: () => AsyncRuntime,
  options: ConformanceOptions,
): Promise<ConformanceReport> {
  const { laws: wanted, onLaw, ...probes } = options;
  const results: LawResult[] = [];
  const laws = [...spawnLaws(), ...delayLaws(), ...resourceLaws()];
  for (const law of [...laws].sort((a, b) => Number(b.isFirst ?? false) - Number(a.isFirst ?? false))) {
    if (wanted !== undefined && !wanted.includes(law.id)) continue;
    const result = await examine(law, { ...probes, makeRuntime, runtime: makeRuntime() });
    results.push(result);
    onLaw?.(result);
  }
  const order = laws.map(({ id }) => id);
  results.sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
  const fires = results.every(({ id, verdict }) => verdict !== "fail" || !["D3", "D4"].includes(id));
  const latenessMs = fires ? await lateness({ ...probes, makeRuntime, runtime: makeRuntime() }) : undefined;
  return { passed: results.every(({ verdict }) => verdict !== "fail"), laws: results, latenessMs };
}

async function examine({ id, title, check }: Law, bench: Bench): Promise<LawResult> {
  let finding: Finding;
  try {
    finding = await check(bench);
  } catch (error) {
    const detail = error instanceof LawBroken ? error.message : `the runtime threw: ${String(error)}`;
    return { id, title, verdict: "fail", detail };
  }
  if (finding === UNMEASURED) return { id, title, verdict: "unmeasured", detail: "needs a probe that was not given" };
  return { id, title, verdict: "pass", detail: finding ?? "" };
}

/** The report as text, a law a line. */
export function conformanceText(report: ConformanceReport): string {
  const marks: Readonly<Record<Verdict, string>> = { pass: "ok  ", fail: "FAIL", unmeasured: "  - " };
  const lines = report.laws.map(
    ({ id, title, verdict, detail }) =>
      `${marks[verdict]} ${id.padEnd(4)} ${title}${detail === "" ? "" : `\n          ${detail}`}`,
  );
  const count = (verdict: Verdict): number => report.laws.filter((law) => law.verdict === verdict).length;
  const late = report.latenessMs === undefined ? "" : `; delays of 10 ms are ${report.latenessMs.toFixed(1)} ms late`;
  lines.push(
    "",
    `${count("pass")} laws hold, ${count("fail")} are broken, ${count("unmeasured")} were not measured${late}.`,
  );
  return `${lines.join("\n")}\n`;
}

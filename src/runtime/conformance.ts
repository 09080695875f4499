import type { AsyncRuntime } from "./async-runtime.ts";
import { delayLaws, lateness } from "./conformance/delay-laws.ts";
import { type Bench, type Finding, type Law, LawBroken, type Probes, UNMEASURED } from "./conformance/law.ts";
import { resourceLaws } from "./conformance/resource-laws.ts";
import { spawnLaws } from "./conformance/spawn-laws.ts";

export { ConformanceProbeError, type Probes } from "./conformance/law.ts";

/** The result of one law; `unmeasured` if it needs probes that were not given. */
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
}

/** The results of all laws. */
export interface ConformanceReport {
  /** Whether no law failed. Unmeasured laws do not count. */
  readonly passed: boolean;
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
  /** Called after each law. */
  readonly onLaw?: (result: LawResult) => void;
}

/**
 * Tests a runtime against every law of the contract, in real or virtual time, on any host. `docs/runtimes.md` lists the
 * laws and their reasons. It takes about two seconds, plus the time for a million live delays (R2).
 *
 * `makeRuntime` creates the runtime or returns an existing one. In laws S3, S4 and D14 a task or callback throws a
 * {@link ConformanceProbeError}, which the host reports in its usual way. If your host exits on uncaught errors, ignore
 * these. The function never throws because of the runtime: the report contains all failures.
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

/** The report as text, one law per line. */
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

import type { Violation } from "./checkers/violation.ts";
import { failureText } from "./failure-file.ts";
import { faultsInWords } from "./fault-words.ts";
import type { FaultPlan } from "./fault-plan.ts";
import { type Scenario, type ScenarioRun, type Simulate, runScenario } from "./scenario.ts";
import { checkSearch } from "./simulation-options.ts";
import { shrinkFaultPlan } from "./shrink.ts";
import { timelineHtml } from "./timeline.ts";

/** The seeds to run. */
export interface SearchOptions {
  /** The maximum number of seeds; the search stops at the first failure. Default 100. */
  readonly seeds?: number;
  /** The first seed, a whole number. Default 1. */
  readonly from?: number;
  /** The maximum number of runs that shrinking may take. Default 200. */
  readonly shrinkRuns?: number;
  /** Called after each seed. */
  readonly onRun?: (run: ScenarioRun) => void;
}

/** The result of a search. */
export interface SearchResult {
  /** The number of seeds that were run. */
  readonly seeds: number;
  /** The number of requests that their nodes sent. */
  readonly requests: number;
  /** The first failure, shrunk; undefined: no seed failed. */
  readonly failure: FoundFailure | undefined;
}

/** A failure, shrunk to the fewest faults. */
export interface FoundFailure {
  /** The seed that failed. */
  readonly seed: number;
  /** The broken invariant, as it appears with the faults of {@link plan}. */
  readonly violation: Violation;
  /** The fewest faults that still break the same invariant. */
  readonly plan: FaultPlan;
  /** The number of faults that the seed drew. */
  readonly faultsDrawn: number;
  /** The number of runs that shrinking took. */
  readonly shrinkRuns: number;
  /** The run with {@link plan}, with all details. */
  readonly run: ScenarioRun;
  /** Text for a person: the seed, the broken invariant, the faults in words. */
  readonly message: string;
  /** The run as a page for any browser: see docs/simulation.md, "The picture". */
  html(): string;
  /**
   * The content of a file that `odradek simulate replay` replays; `scenario` is the module with the scenario, `FILE` or
   * `FILE#NAME`.
   */
  json(scenario?: string): string;
}

/** Runs a scenario with one seed after the other until one fails, and shrinks that failure. */
export async function searchSeeds(
  scenario: Scenario,
  simulate: Simulate,
  options: SearchOptions = {},
): Promise<SearchResult> {
  checkSearch(options);
  const { seeds = 100, from = 1, shrinkRuns = 200, onRun } = options;
  let requests = 0;
  for (let seed = from; seed < from + seeds; seed++) {
    const run = await runScenario(scenario, simulate, { seed });
    requests += run.requests;
    onRun?.(run);
    const [violation] = run.violations;
    if (violation !== undefined)
      return {
        seeds: seed - from + 1,
        requests,
        failure: await shrinkFailure(
          run,
          violation.invariant,
          (plan, detail) => runScenario(scenario, simulate, { seed, plan, detail }),
          shrinkRuns,
        ),
      };
  }
  return { seeds, requests, failure: undefined };
}

/**
 * Makes the plan of a failed run as small as possible while the same invariant is broken. `play` runs the same seed
 * with another plan.
 */
export async function shrinkFailure(
  failed: ScenarioRun,
  invariant: string,
  play: (plan: FaultPlan, detail: boolean) => PromiseLike<ScenarioRun>,
  shrinkRuns?: number,
): Promise<FoundFailure> {
  const { seed } = failed;
  const isSame = async (plan: FaultPlan): Promise<boolean> =>
    (await play(plan, false)).violations.some((other) => other.invariant === invariant);
  const { plan, runs } = await shrinkFaultPlan(failed.plan, isSame, shrinkRuns);
  const run = await play(plan, true);
  const violation = run.violations.find((other) => other.invariant === invariant);
  if (violation === undefined) return unstable(failed, invariant, runs, run);
  const words = faultsInWords(run)
    .map((line) => `    ${line}\n`)
    .join("");
  const message =
    `seed ${seed} breaks ${invariant}: ${violation.message} (at ${violation.atMs} ms)\n  it takes ` +
    `${plan.faults.length} of its ${failed.plan.faults.length} faults (${runs} runs to ` +
    `see)${words === "" ? "" : ":"}\n${words}`;
  return found({ seed, violation, plan, faultsDrawn: failed.plan.faults.length, shrinkRuns: runs, run, message });
}

/** The failure did not occur again with the same seed and plan: the scenario uses something outside the world. */
function unstable(failed: ScenarioRun, invariant: string, shrinkRuns: number, run: ScenarioRun): FoundFailure {
  const violation = failed.violations.find((other) => other.invariant === invariant) ?? {
    invariant,
    atMs: 0,
    message: "",
  };
  const message =
    `seed ${failed.seed} breaks ${invariant}: ${violation.message} (at ${violation.atMs} ms)\n  it did not do so ` +
    `again with the same seed and faults (trace ${failed.traceHash}, then ${run.traceHash}): the scenario uses ` +
    `time, randomness, I/O or state that is not the world's\n`;
  return found({
    seed: failed.seed,
    violation,
    plan: failed.plan,
    faultsDrawn: failed.plan.faults.length,
    shrinkRuns,
    run: failed,
    message,
  });
}

function found(parts: Omit<FoundFailure, "html" | "json">): FoundFailure {
  const { seed, violation, plan, run } = parts;
  return {
    ...parts,
    html: () =>
      timelineHtml({ title: `seed ${seed}, trace ${run.traceHash}`, history: run.history, violations: run.violations }),
    json: (scenario) => failureText({ seed, invariant: violation.invariant, plan, scenario }),
  };
}

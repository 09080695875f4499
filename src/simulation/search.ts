import type { Violation } from "./checkers/violation.ts";
import { failureText } from "./failure-file.ts";
import { faultsInWords } from "./fault-words.ts";
import type { FaultPlan } from "./fault-plan.ts";
import { type Scenario, type ScenarioRun, type Simulate, runScenario } from "./scenario.ts";
import { checkSearch } from "./simulation-options.ts";
import { shrinkFaultPlan } from "./shrink.ts";
import { timelineHtml } from "./timeline.ts";

/** Which seeds are run. */
export interface SearchOptions {
  /** How many seeds are run, until one fails. Default 100. */
  readonly seeds?: number;
  /** The first of them, a whole number. Default 1. */
  readonly from?: number;
  /** How many runs shrinking the failure may take. Default 200. */
  readonly shrinkRuns?: number;
  /** Called after each seed. */
  readonly onRun?: (run: ScenarioRun) => void;
}

/** What a search found. */
export interface SearchResult {
  /** How many seeds were run. */
  readonly seeds: number;
  /** How many requests their nodes sent. */
  readonly requests: number;
  /** The first failure, shrunk; undefined: every seed is well. */
  readonly failure: FoundFailure | undefined;
}

/** A failure, shrunk to the fewest faults. */
export interface FoundFailure {
  /** The seed that failed. */
  readonly seed: number;
  /** What is broken, as it shows with the faults of {@link plan}. */
  readonly violation: Violation;
  /** The fewest faults with which the same invariant is broken. */
  readonly plan: FaultPlan;
  /** How many faults the seed drew. */
  readonly faultsDrawn: number;
  /** How many runs shrinking took. */
  readonly shrinkRuns: number;
  /** The run with {@link plan}, with all details. */
  readonly run: ScenarioRun;
  /** What to show a person: the seed, what is broken, the faults in words. */
  readonly message: string;
  /** The run as a page for any browser: see docs/simulation.md, "The picture". */
  html(): string;
  /**
   * What a file holds that `odradek simulate replay` plays again; `scenario` is the module with the scenario, `FILE` or
   * `FILE#NAME`.
   */
  json(scenario?: string): string;
}

/** Runs a scenario with one seed after the other, until one fails; that one is shrunk. */
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
 * Makes the plan of a failed run as small as it can be while the same invariant is broken. `play` runs the same seed
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

/** A failure that did not come again with the same seed and plan: something in the scenario is not the world's. */
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

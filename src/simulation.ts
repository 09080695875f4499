// `odradek/simulation` on Node: virtual time. Microtasks are drained at once if the host can, else by a turn of its
// event loop.
import { nodeStrictDrain } from "./platform/node/drain.ts";
import { typedPath, writeTextFile } from "./platform/node/text-file.ts";
import type { Drain } from "./runtime/drain.ts";
import { failureFileName } from "./simulation/failure-file.ts";
import type { FaultPlan } from "./simulation/fault-plan.ts";
import { type Scenario, type ScenarioRun, runScenario as runOnAnyHost } from "./simulation/scenario.ts";
import type { SchedulerOptions } from "./simulation/scheduler.ts";
import {
  type FoundFailure,
  type SearchOptions,
  type SearchResult,
  searchSeeds as searchOnAnyHost,
} from "./simulation/search.ts";
import type { SimulatedPlatform } from "./simulation/simulated-platform.ts";
import { simulate as simulateOnAnyHost } from "./simulate.ts";
import { simulatedPlatform as onAnyHost } from "./simulated-platform.ts";
import type { SimulationOptions, SimulationRun, World } from "./simulation/world.ts";

export type { Drain, StrictDrain } from "./runtime/drain.ts";
export type { EmbeddedCluster, EmbeddedClusterOptions } from "./embedded/embedded-cluster.ts";
export { CALM } from "./scenarios/checkers/calm.ts";
export { committedWasDelivered, commitsCoverWhatIsDone, revokedIsCommitted } from "./scenarios/checkers/commits.ts";
export { madeOf, outputIsExact } from "./scenarios/checkers/exactly-once.ts";
export { groupCheckers } from "./scenarios/checkers/group.ts";
export {
  deliveredIsInTheLog,
  groupsRecover,
  membersStayWhileTheyAsk,
  restartsDisturbNobody,
} from "./scenarios/checkers/membership.ts";
export { deliveryIsBetweenHooks, ownersAreAlone } from "./scenarios/checkers/ownership.ts";
export { positionCheckers } from "./scenarios/checkers/positions.ts";
export type { ClientScenarioOptions } from "./scenarios/client-scenario-options.ts";
export { type ExactlyOnceScenarioOptions, exactlyOnceScenario } from "./scenarios/exactly-once-scenario.ts";
export { groupFaults } from "./scenarios/group-faults.ts";
export { groupScenario } from "./scenarios/group-scenario.ts";
export { type NewPartitionsScenarioOptions, newPartitionsScenario } from "./scenarios/new-partitions-scenario.ts";
export { positionScenario } from "./scenarios/position-scenario.ts";
export { producerCallsScenario } from "./scenarios/producer-calls-scenario.ts";
export { transactionFaults } from "./scenarios/transaction-faults.ts";
export { type TransactionScenarioOptions, transactionScenario } from "./scenarios/transaction-scenario.ts";
export { checkHistory } from "./simulation/checkers/all.ts";
export type { Checker } from "./simulation/checkers/violation.ts";
export { FAULT_KINDS } from "./simulation/fault-kinds.ts";
export { type PlanOptions, drawFaultPlan, parseFaultPlan } from "./simulation/fault-plan.ts";
export type * from "./simulation/surface.ts";
export { Random } from "./simulation/random.ts";
export { Scheduler } from "./simulation/scheduler.ts";
export { type ShrunkPlan, shrinkFaultPlan } from "./simulation/shrink.ts";
export { SimulatedClock } from "./simulation/simulated-clock.ts";
export { SimulatedRuntime } from "./simulation/simulated-runtime.ts";
export { type TimelineInput, timelineHtml } from "./simulation/timeline.ts";
export type { FoundFailure, Scenario, ScenarioRun, SearchOptions, SearchResult };

/** A platform in virtual time, driven by a seed. */
export function simulatedPlatform(options: Pick<SchedulerOptions, "seed" | "maxEvents">): SimulatedPlatform {
  return onAnyHost({ ...options, drain: nodeStrictDrain() });
}

/**
 * Runs `body` in a simulated world: a cluster, a network and nodes, all derived from one seed. `drain` empties the
 * host's microtask queue. Default: at once if the host can, so that no outside code runs in between, else by a turn of
 * its event loop.
 */
export function simulate<T>(
  options: SimulationOptions & { readonly drain?: Drain },
  body: (world: World) => PromiseLike<T>,
): Promise<SimulationRun<T>> {
  return simulateOnAnyHost({ ...options, drain: options.drain ?? nodeStrictDrain() }, body);
}

/**
 * Runs a scenario with one seed, and with the faults that the seed draws or those of `plan`. Problems are reported in
 * `violations`; it does not reject.
 */
export function runScenario(
  scenario: Scenario,
  options: { readonly seed: number; readonly plan?: FaultPlan; readonly detail?: boolean },
): Promise<ScenarioRun> {
  return runOnAnyHost(scenario, simulate, options);
}

/** Where {@link searchSeeds} writes a failure. */
export interface WriteOptions {
  /**
   * The folder for the two files of a failure: `.json` to replay, `.html` to view. `false` writes none. Default: the
   * current folder.
   */
  readonly out?: string | false;
  /**
   * The module that exports the scenario, for the replay command: its path or `import.meta.url`, with `#NAME` if the
   * export is not called `scenario`.
   */
  readonly module?: string;
}

/**
 * Runs a scenario with many seeds until one fails. The failure is reduced to the fewest faults, written to a file, and
 * drawn. Its `message` names the broken invariant, the faults, and the command that replays it. In a test:
 * `assert.equal(failure, undefined, failure?.message)`.
 */
export async function searchSeeds(
  scenario: Scenario,
  options: SearchOptions & WriteOptions = {},
): Promise<SearchResult> {
  const { out = ".", module, ...rest } = options;
  const result = await searchOnAnyHost(scenario, simulate, rest);
  const { failure } = result;
  return out === false || failure === undefined
    ? result
    : { ...result, failure: writeFailure(failure, out, module === undefined ? undefined : typedPath(module)) };
}

/** Writes the two files of a failure. Returns the failure with a message that names them. */
function writeFailure(failure: FoundFailure, folder: string, module: string | undefined): FoundFailure {
  const file = `${folder}/${failureFileName(failure.seed, failure.violation.invariant)}`;
  const page = file.replace(/json$/, "html");
  writeTextFile(file, failure.json(module));
  writeTextFile(page, failure.html());
  return {
    ...failure,
    message:
      `${failure.message}  look at it: ${page}\n  play it again: npx odradek simulate replay ` +
      `${file}${module === undefined ? " --scenario FILE" : ""}\n`,
  };
}

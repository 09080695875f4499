import { KafkaError } from "../errors/kafka-error.ts";
import type { Checker, Violation } from "./checkers/violation.ts";
import { type FaultPlan, type PlanOptions, drawFaultPlan } from "./fault-plan.ts";
import type { HistoryEvent } from "./history.ts";
import { checkScenario } from "./simulation-options.ts";
import type { SimulationOptions, SimulationRun, World } from "./world.ts";

/**
 * A simulation of your own code that can be run with any seed: what the world is like, what is done in it, and what
 * must hold. Export it from a module as `scenario`, and `odradek simulate --scenario FILE` runs it, shrinks what fails
 * and replays it.
 */
export interface Scenario extends Pick<
  SimulationOptions,
  | "brokers"
  | "topics"
  | "autoCreateTopics"
  | "numPartitions"
  | "replicaLagTimeMaxMs"
  | "transactionVersion"
  | "transactionMarkerDelayMs"
  | "groups"
  | "link"
  | "maxEvents"
> {
  /**
   * What is done, and looked at. It must use no time, randomness or I/O but the world's. An invariant is broken when it
   * calls {@link World.violate} or throws; also when it does not end, or when a node's program or task fails and nobody
   * catches it.
   */
  readonly run: (world: World) => PromiseLike<unknown>;
  /**
   * How the faults of a seed are drawn; `false`: none ever. Default: up to 12 of all kinds but `crash`, from 500 ms to
   * 20000 ms.
   */
  readonly faults?: PlanOptions | false;
  /**
   * How long after the last fault `run` may go on, in ms of virtual time. Default 300000. Later, the invariant
   * `liveness` is broken.
   */
  readonly limitMs?: number;
  /**
   * What looks at the whole history when `run` has ended. Default: nothing. `[checkHistory]` is what Odradek asks of
   * itself.
   */
  readonly checkers?: readonly Checker[];
}

/** What came of one seed. */
export interface ScenarioRun {
  /** The seed of this run. */
  readonly seed: number;
  /** The faults: those that the seed drew, or those that were given. */
  readonly plan: FaultPlan;
  /** What was broken, the first that was noticed first. Empty: all is well. */
  readonly violations: readonly Violation[];
  /** Equal for equal seeds, plans and code. */
  readonly traceHash: string;
  /** How long it took, in ms of virtual time. */
  readonly virtualMs: number;
  /** How many requests the nodes sent. */
  readonly requests: number;
  /** All that was recorded, in order. */
  readonly history: readonly HistoryEvent[];
}

/** `simulate`, as a host has it. */
export type Simulate = <T>(
  options: SimulationOptions,
  body: (world: World) => PromiseLike<T>,
) => Promise<SimulationRun<T>>;

const LIMIT_MS = 300_000;

/** The faults that a seed draws in a scenario. */
export function scenarioPlan(scenario: Scenario, seed: number): FaultPlan {
  const { faults = {} } = scenario;
  return faults === false ? { faults: [] } : drawFaultPlan(seed, faults);
}

/** Runs a scenario with one seed. Never rejects for what the scenario does: that is a violation. */
export async function runScenario(
  scenario: Scenario,
  simulate: Simulate,
  options: { readonly seed: number; readonly plan?: FaultPlan; readonly detail?: boolean },
): Promise<ScenarioRun> {
  const {
    run,
    faults: _,
    limitMs = LIMIT_MS,
    checkers = [],
    ...settings
  } = (scenario as Scenario | null) ?? ({} as Scenario);
  if (typeof run !== "function")
    throw new KafkaError(
      "config",
      `a scenario is an object with a function \`run\`, for example { topics: { orders: 1 }, run: async (world) ` +
        `=> { … } }; run is ${typeof run}`,
    );
  checkScenario(scenario, options);
  const { seed, plan = scenarioPlan(scenario, seed), detail = false } = options;
  const violations: Violation[] = [];
  let world: World | undefined;
  try {
    await simulate({ ...settings, seed, faults: plan, detail }, async (made) => {
      world = made;
      const lastMs = Math.max(0, ...plan.faults.map(({ atMs, durationMs }) => atMs + durationMs));
      await made.within(lastMs + limitMs, `the scenario, with ${limitMs} ms after the last fault,`, run(made));
      await made.healed();
    });
  } catch (error) {
    violations.push(thrown(error, world?.nowMs ?? 0));
  }
  if (world === undefined)
    throw new KafkaError("internal", `the world of seed ${seed} did not begin: ${violations[0]?.message ?? ""}`);
  violations.unshift(...world.violations);
  violations.push(...uncaught(world), ...checkers.flatMap((check) => check(world?.history ?? [])));
  const { history } = world;
  return {
    seed,
    plan,
    violations,
    traceHash: world.scheduler.traceHash,
    virtualMs: world.nowMs,
    requests: history.filter(({ type }) => type === "request").length,
    history,
  };
}

/** What ended a scenario before its time. Failures are told apart by the names of their errors. */
function thrown(error: unknown, atMs: number): Violation {
  const { name, message } = error as Partial<Error>;
  if (!KafkaError.is(error)) return { invariant: name ?? "thrown", atMs, message: message ?? String(error) };
  const isEndless =
    error.kind === "timeout" || (error.kind === "internal" && /^deadlock|events by/.test(error.message));
  return { invariant: isEndless ? "liveness" : `KafkaError-${error.kind}`, atMs, message: error.message };
}

/** What failed on a node, and nobody looked. */
function uncaught(world: World): readonly Violation[] {
  return world.nodes.flatMap(({ name, failures, runtime }) =>
    [...failures, ...runtime.failures].map((error): Violation => ({
      invariant: "uncaught",
      atMs: world.nowMs,
      message: `${name}: ${error.message}`,
    })),
  );
}

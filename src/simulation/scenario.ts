import { KafkaError } from "../errors/kafka-error.ts";
import type { Checker, Violation } from "./checkers/violation.ts";
import { type FaultPlan, type PlanOptions, drawFaultPlan } from "./fault-plan.ts";
import type { HistoryEvent } from "./history.ts";
import { checkScenario } from "./simulation-options.ts";
import type { SimulationOptions, SimulationRun, World } from "./world.ts";

/**
 * A simulation of your own code that runs with any seed: the setup of the world, the work, and the conditions that must
 * hold. Export it from a module as `scenario`; `odradek simulate --scenario FILE` runs it, shrinks a failure and
 * replays it.
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
  | "users"
  | "sasl"
  | "link"
  | "maxEvents"
> {
  /**
   * The work and its checks. It must use only the time, randomness and I/O of the world. It breaks an invariant when it
   * calls {@link World.violate}, throws, or does not end, or when a node's program or task fails and the error is not
   * caught.
   */
  readonly run: (world: World) => PromiseLike<unknown>;
  /**
   * How faults are drawn from the seed; `false`: no faults. Default: up to 12 of all kinds except those that must be
   * named in `kinds`, from 500 ms to 20000 ms.
   */
  readonly faults?: PlanOptions | false;
  /**
   * How long `run` may take after the last fault, in ms of virtual time. Default 300000. After that the invariant
   * `liveness` is broken.
   */
  readonly limitMs?: number;
  /**
   * Check the whole history when `run` has ended. Default: none. `[checkHistory]` has the invariants of Odradek itself.
   */
  readonly checkers?: readonly Checker[];
}

/** The result of one seed. */
export interface ScenarioRun {
  /** The seed of this run. */
  readonly seed: number;
  /** The faults: drawn from the seed, or given. */
  readonly plan: FaultPlan;
  /** The broken invariants, in the order in which they were noticed. Empty: none. */
  readonly violations: readonly Violation[];
  /** Equal for equal seeds, plans and code. */
  readonly traceHash: string;
  /** How long the run took, in ms of virtual time. */
  readonly virtualMs: number;
  /** The number of requests that the nodes sent. */
  readonly requests: number;
  /** All recorded events, in order. */
  readonly history: readonly HistoryEvent[];
}

/** `simulate`, as a host provides it. */
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

/** Runs a scenario with one seed. A failure of the scenario does not reject: it is a violation. */
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

/** The error that ended a scenario early. The name of an error tells failures apart. */
function thrown(error: unknown, atMs: number): Violation {
  const { name, message } = error as Partial<Error>;
  if (!KafkaError.is(error)) return { invariant: name ?? "thrown", atMs, message: message ?? String(error) };
  const isEndless =
    error.kind === "timeout" || (error.kind === "internal" && /^deadlock|events by/.test(error.message));
  return { invariant: isEndless ? "liveness" : `KafkaError-${error.kind}`, atMs, message: error.message };
}

/** Failures on nodes that were not caught. */
function uncaught(world: World): readonly Violation[] {
  return world.nodes.flatMap(({ name, failures, runtime }) =>
    [...failures, ...runtime.failures].map((error): Violation => ({
      invariant: "uncaught",
      atMs: world.nowMs,
      message: `${name}: ${error.message}`,
    })),
  );
}

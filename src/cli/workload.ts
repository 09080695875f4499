import { KafkaError } from "../errors/kafka-error.ts";
import type { Drain } from "../runtime/drain.ts";
import { Workload, workloadTopics } from "../scenarios/workload/workload.ts";
import { LOGIN_FAULTS, WorkloadLogins } from "../scenarios/workload/workload-logins.ts";
import { type Knobs, SEND_MS, drawKnobs } from "../scenarios/workload/workload-knobs.ts";
import {
  FAULT_KINDS,
  type FaultKind,
  type FaultPlan,
  type HistoryEvent,
  type PlanOptions,
  type World,
  drawFaultPlan,
  simulate,
} from "../simulation.ts";
import { checkHistory } from "../simulation/checkers/all.ts";
import type { Violation } from "../simulation/checkers/violation.ts";

/** The result of one seed. */
export interface WorkloadResult {
  readonly seed: number;
  readonly plan: FaultPlan;
  readonly violations: readonly Violation[];
  readonly traceHash: string;
  readonly virtualMs: number;
  readonly requests: number;
  readonly history: readonly HistoryEvent[];
}

/** Changes to a workload run, for tests. */
export interface WorkloadOptions {
  /** Replaces the plan that the seed draws. */
  readonly plan?: FaultPlan;
  /** Whether to record the details that a picture needs. Default: no. */
  readonly detail?: boolean;
  /** Changes the cluster or the client, to plant bugs. */
  readonly plant?: (world: World) => void;
  /** Changes the settings that the seed drew. */
  readonly adjust?: (drawn: Knobs) => Knobs;
  /** Empties the microtask queue in place of the host's own drain. */
  readonly drain?: Drain;
}

/** Produces and consumes under the faults of a seed, in phases: warm-up, faults, heal, liveness, close, verify. */
export async function runWorkload(seed: number, options: WorkloadOptions = {}): Promise<WorkloadResult> {
  const drawn = drawKnobs(seed);
  const knobs = options.adjust?.(drawn) ?? drawn;
  const plan =
    options.plan ??
    drawFaultPlan(seed, {
      untilMs: SEND_MS - 1000,
      ...kindsOf(knobs),
    });
  const logins = knobs.logins === undefined ? undefined : new WorkloadLogins(knobs.logins);
  let broken: Violation | undefined;
  let world: World | undefined;
  const onUnhandled = (error: unknown): void =>
    world?.record({
      type: "failure",
      atMs: world.nowMs,
      node: "process",
      message: `uncaught: ${KafkaError.from(error).message}`,
    });
  process.on("unhandledRejection", onUnhandled);
  try {
    await simulate(
      {
        seed,
        brokers: knobs.brokers,
        topics: workloadTopics(knobs),
        ...logins?.clusterOptions,
        replicaLagTimeMaxMs: knobs.replicaLagTimeMaxMs,
        link: knobs.link,
        faults: plan,
        maxEvents: 3_000_000,
        detail: options.detail === true,
        ...(options.drain === undefined ? {} : { drain: options.drain }),
      },
      async (made) => {
        world = made;
        options.plant?.(made);
        await new Workload(made, knobs, plan, logins).run();
      },
    );
  } catch (error) {
    broken = { invariant: "L", atMs: world?.nowMs ?? 0, message: KafkaError.from(error).message };
  } finally {
    process.off("unhandledRejection", onUnhandled);
  }
  const history = world?.history ?? [];
  // A run that did not end cannot be verified: report only that.
  const violations =
    broken === undefined
      ? [...checkHistory(history), ...(knobs.idleMs > 0 ? [] : needlessFailures(plan, history))]
      : [broken];
  return {
    seed,
    plan,
    violations,
    traceHash: world?.scheduler.traceHash ?? "",
    virtualMs: world?.nowMs ?? 0,
    requests: history.filter(({ type }) => type === "request").length,
    history,
  };
}

/** The kinds of fault that a workload is prepared for; none: those that need no preparation. */
function kindsOf({ mayLose, logins }: Knobs): Pick<PlanOptions, "kinds"> {
  if (!mayLose && logins === undefined) return {};
  const never: readonly FaultKind[] = [
    "crash",
    "quota",
    ...(mayLose ? [] : (["unclean-election"] as const)),
    ...(logins === undefined ? LOGIN_FAULTS : []),
  ];
  return { kinds: FAULT_KINDS.filter((kind) => !never.includes(kind)) };
}

/** L: if nothing goes wrong, every record is written. Only a full buffer may refuse one. */
function needlessFailures(plan: FaultPlan, history: readonly HistoryEvent[]): readonly Violation[] {
  if (plan.faults.length > 0) return [];
  return history.flatMap((event): Violation[] =>
    event.type === "fail" && event.kind !== "buffer-full"
      ? [
          {
            invariant: "L",
            atMs: event.atMs,
            message: `${event.id} failed with kind ${event.kind} although there was no fault`,
          },
        ]
      : [],
  );
}

import { KafkaError } from "../errors/kafka-error.ts";
import { type Check, listOf, oneOf, shape, wholeFrom } from "../errors/shape.ts";
import { FAULT_KINDS, type FaultKind, KINDS_DRAWN_TOGETHER } from "./fault-kinds.ts";
import { FAULTS } from "./fault-table.ts";
import { Random } from "./random.ts";

/** One fault: its kind, time, duration and place. `node` and `broker` count modulo the number of nodes and brokers. */
export interface Fault {
  /** When it begins, in ms of virtual time. */
  readonly atMs: number;
  /** How long it lasts, in ms. */
  readonly durationMs: number;
  /** The kind. */
  readonly kind: FaultKind;
  /** The number of the affected node. */
  readonly node: number;
  /** The number of the affected broker. */
  readonly broker: number;
  /** The amount, in the unit of the kind. */
  readonly amount: number;
}

/** All faults of a run. Plain data: it can be written to a file, shrunk and replayed. */
export interface FaultPlan {
  /** The faults, sorted by the time at which they begin. */
  readonly faults: readonly Fault[];
}

/** Options for drawing faults from a seed. */
export interface PlanOptions {
  /** When the first fault may begin, in ms. Default 500: the clients have connected by then. */
  readonly fromMs?: number;
  /** When the last fault must have ended, in ms. Default 20000. */
  readonly untilMs?: number;
  /** The maximum number of faults. Default 12. */
  readonly most?: number;
  /**
   * The kinds to draw from. Default: all except those that need a prepared program: crash, which restarts programs, and
   * unclean-election, which loses acknowledged records.
   */
  readonly kinds?: readonly FaultKind[];
}

/** A kind without an amount draws one too, so that the random numbers after it stay the same. */
const NO_AMOUNT = { least: 1, greatest: 1 };

/** {@link PlanOptions}. */
export const PLAN_OPTIONS: Check = shape({
  fromMs: wholeFrom(0),
  untilMs: wholeFrom(1),
  most: wholeFrom(0),
  kinds: listOf(oneOf(...FAULT_KINDS)),
});

/**
 * Draws a plan from the seed: first the kinds that this run uses and the number of faults (either may be none), then
 * each fault.
 */
export function drawFaultPlan(seed: number, options: PlanOptions = {}): FaultPlan {
  PLAN_OPTIONS(options, "drawFaultPlan");
  const {
    fromMs = 500,
    untilMs = 20_000,
    most = 12,
    kinds = FAULT_KINDS.filter((kind) => FAULTS[kind].onlyWhenAsked !== true),
  } = options;
  const random = Random.keyed(seed, "faults");
  const isDrawnApart = (kind: FaultKind): boolean => FAULT_KINDS.indexOf(kind) >= KINDS_DRAWN_TOGETHER;
  const enabled = kinds.filter(
    (kind) => (isDrawnApart(kind) ? Random.keyed(seed, `faults/${kind}`) : random).below(3) === 0,
  );
  const count = enabled.length === 0 || random.below(16) === 0 ? 0 : random.between(1, most);
  const faults = Array.from({ length: count }, (): Fault => {
    const kind = enabled[random.below(enabled.length)] ?? "reset";
    const atMs = random.between(fromMs, untilMs - 1);
    const longest = Math.min(untilMs - atMs, random.below(4) === 0 ? 8000 : 1500);
    const { least, greatest } = FAULTS[kind].amount ?? NO_AMOUNT;
    return {
      atMs,
      durationMs: random.between(1, longest),
      kind,
      node: random.below(1000),
      broker: random.below(1000),
      amount: random.between(least, greatest),
    };
  });
  return { faults: faults.sort((a, b) => a.atMs - b.atMs) };
}

/** Reads a plan that was written to a file. Throws kind `config`, which says which fault is wrong. */
export function parseFaultPlan(value: unknown): FaultPlan {
  const faults = (value as { readonly faults?: unknown } | null)?.faults;
  if (!Array.isArray(faults)) throw new KafkaError("config", "a fault plan is an object with a list `faults`");
  return {
    faults: faults.map((fault: Partial<Record<keyof Fault, unknown>>, i): Fault => {
      const { atMs, durationMs, kind, node, broker, amount } = fault;
      const bad = Object.entries({ atMs, durationMs, node, broker, amount }).find(
        ([, number]) => typeof number !== "number" || !Number.isFinite(number),
      );
      if (bad !== undefined)
        throw new KafkaError("config", `faults[${i}].${bad[0]} takes a number, not ${String(bad[1])}`);
      if (!(FAULT_KINDS as readonly unknown[]).includes(kind))
        throw new KafkaError("config", `faults[${i}].kind takes one of ${FAULT_KINDS.join(", ")}, not ${String(kind)}`);
      return { atMs, durationMs, kind, node, broker, amount } as Fault;
    }),
  };
}

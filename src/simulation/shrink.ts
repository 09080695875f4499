import type { FaultPlan } from "./fault-plan.ts";

/** A smaller plan, and the number of runs that it took. */
export interface ShrunkPlan {
  /** The smallest plan that was found. */
  readonly plan: FaultPlan;
  /** The number of runs that it took. */
  readonly runs: number;
}

/**
 * Finds the fewest faults with which a run still fails in the same way (delta debugging: halves first, then smaller
 * parts), then the shortest. `fails` runs a plan and returns whether it fails in that way.
 */
export async function shrinkFaultPlan(
  plan: FaultPlan,
  fails: (plan: FaultPlan) => PromiseLike<boolean>,
  maxRuns = 200,
): Promise<ShrunkPlan> {
  let runs = 0;
  const test = async (faults: FaultPlan["faults"]): Promise<boolean> =>
    runs < maxRuns && (runs++, await fails({ faults }));
  let { faults } = plan;
  let parts = 2;
  while (faults.length > 0 && runs < maxRuns) {
    const size = Math.ceil(faults.length / parts);
    let smaller: FaultPlan["faults"] | undefined;
    for (let at = 0; at < faults.length && smaller === undefined; at += size) {
      const without = [...faults.slice(0, at), ...faults.slice(at + size)];
      if (await test(without)) smaller = without;
    }
    if (smaller !== undefined) {
      faults = smaller;
      parts = Math.max(2, parts - 1);
    } else if (size === 1) break;
    else parts = Math.min(faults.length, parts * 2);
  }
  for (let i = 0; i < faults.length; i++) {
    for (let fault = faults[i]; fault !== undefined && fault.durationMs > 1; fault = faults[i]) {
      const half = { ...fault, durationMs: Math.floor(fault.durationMs / 2) };
      const shorter = faults.map((other, k) => (k === i ? half : other));
      if (!(await test(shorter))) break;
      faults = shorter;
    }
  }
  return { plan: { faults }, runs };
}

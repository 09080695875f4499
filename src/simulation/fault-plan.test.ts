import { test } from "node:test";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { FAULT_KINDS } from "./fault-kinds.ts";
import { type FaultPlan, type PlanOptions, drawFaultPlan } from "./fault-plan.ts";

/** The kinds that existed when these hashes were computed. A kind that is added later does not change the hashes. */
const KINDS = FAULT_KINDS.slice(0, 26);

function hashOfPlans(seeds: number, options: PlanOptions): string {
  const plans = Array.from({ length: seeds }, (_, seed): FaultPlan => drawFaultPlan(seed, options));
  return createHash("sha256").update(JSON.stringify(plans)).digest("hex").slice(0, 16);
}

const PINNED: readonly (readonly [what: string, options: PlanOptions, hash: string])[] = [
  ["all kinds", { kinds: KINDS }, "dd205c0dee66f6bb"],
  ["the kinds that are drawn together", { kinds: KINDS.slice(0, 20) }, "1ff3ee24c651dec2"],
  ["the kinds that are drawn apart", { kinds: KINDS.slice(20), fromMs: 0, untilMs: 5000, most: 4 }, "5c2196eda98e274a"],
];

for (const [what, options, hash] of PINNED)
  test(`seeds have the plans that they always had: ${what}`, () => assert.equal(hashOfPlans(500, options), hash));

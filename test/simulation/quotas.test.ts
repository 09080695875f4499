// Clients that brokers throttle because of quotas, under other faults too: no invariant breaks, and N4 finds a client
// that sends on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runWorkload, type WorkloadResult } from "../../src/cli/workload.ts";
import { type Fault, type FaultPlan, drawFaultPlan } from "../../src/simulation.ts";
import { patchedCopy } from "./mutants/patched-copy.ts";
import { SENDS_ON } from "./mutants/scenario-mutants.ts";

const SEEDS = [1, 3, 5, 7];
const OTHERS = ["reset", "leader-move", "slow-link", "broker-down", "lost-reply", "stall", "cut"] as const;

/** Quotas for the whole time of the faults, so that most requests count, and other faults beside them. */
function planOf(seed: number): FaultPlan {
  const { faults } = drawFaultPlan(seed, { untilMs: 15_000, most: 6, kinds: [...OTHERS] });
  const quotas = [0, 1, 2, 3].map((node): Fault => ({
    atMs: 500,
    durationMs: 14_000,
    kind: "quota",
    node,
    broker: 0,
    amount: 100 * 2 ** (seed % 5),
  }));
  return { faults: [...quotas, ...faults] };
}

/** The throttle times that clients got, in ms. */
function throttles({ history }: WorkloadResult): readonly number[] {
  return history.flatMap((event) => (event.type === "response" ? (event.throttleMs ?? []) : []));
}

test("clients above their quotas are throttled, and break no invariant", async (t) => {
  let all = 0;
  for (const seed of SEEDS) {
    const result = await runWorkload(seed, { plan: planOf(seed) });
    const times = throttles(result);
    t.diagnostic(`seed ${seed}: ${times.length} throttles, at most ${Math.max(0, ...times)} ms`);
    all += times.length;
    assert.deepEqual(result.violations.slice(0, 5), [], `seed ${seed}`);
  }
  assert.ok(all > 0);
});

test("N4 finds a client that sends although a quota throttles it", async (t) => {
  const copy = await patchedCopy("sends-on", SENDS_ON);
  try {
    const [seed = 1] = SEEDS;
    const { violations } = await copy.runWorkload(seed, { plan: planOf(seed) });
    const found = violations.find(({ invariant }) => invariant === "N4");
    t.diagnostic(found?.message ?? "");
    assert.ok(found !== undefined);
  } finally {
    copy.remove();
  }
});

import { test } from "node:test";
import assert from "node:assert/strict";
import type { FaultKind } from "./fault-kinds.ts";
import type { Fault, FaultPlan } from "./fault-plan.ts";
import { drawFaultPlan } from "./fault-plan.ts";
import { shrinkFaultPlan } from "./shrink.ts";

const fault = (kind: FaultKind, durationMs: number): Fault => ({
  atMs: 1,
  durationMs,
  kind,
  node: 0,
  broker: 0,
  amount: 1,
});
const needs =
  (kinds: readonly FaultKind[]) =>
  async (plan: FaultPlan): Promise<boolean> =>
    kinds.every((kind) => plan.faults.some((f) => f.kind === kind && f.durationMs >= 100));

test("the necessary faults are left, as short as possible", async () => {
  const plan = {
    faults: [
      fault("stall", 5),
      ...Array.from({ length: 9 }, () => fault("refuse", 5000)),
      fault("ghost", 1000),
      ...Array.from({ length: 6 }, () => fault("slow-link", 3000)),
      fault("cut", 150),
    ],
  };
  const { plan: shrunk, runs } = await shrinkFaultPlan(plan, needs(["ghost", "cut"]));
  assert.deepEqual(shrunk.faults, [fault("ghost", 125), fault("cut", 150)]);
  assert.ok(runs < 100, `${runs} runs`);
});

test("a failure that needs no fault shrinks to none, and the number of runs is bounded", async () => {
  assert.deepEqual((await shrinkFaultPlan(drawFaultPlan(3), async () => true)).plan.faults, []);
  let runs = 0;
  const many = { faults: Array.from({ length: 64 }, () => fault("cut", 1)) };
  assert.equal((await shrinkFaultPlan(many, async () => (runs++, false), 20)).plan.faults.length, 64);
  assert.equal(runs, 20);
});

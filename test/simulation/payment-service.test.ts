// examples/payment-service: the simulator finds the order that is never charged for, and no failure in the version that
// charges first.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import assert from "node:assert/strict";
import { runScenario, searchSeeds } from "odradek/simulation";
import { forgetful, scenario } from "../../examples/payment-service/simulation.ts";

const SEEDS = 40;

test("an order that was committed before it was charged for is forgotten: found, shrunk to one fault, played again", async () => {
  const folder = mkdtempSync(join(tmpdir(), "odradek-payments-"));
  try {
    const { failure } = await searchSeeds(forgetful, { seeds: SEEDS, out: folder, module: "simulation.js#forgetful" });
    assert.ok(failure !== undefined, `not found in ${SEEDS} seeds`);
    assert.equal(failure.plan.faults.length, 1, failure.message);
    assert.match(
      failure.message,
      /breaks every-order-is-charged: order-\d+ is in the topic, and nobody has charged for it/,
    );
    const again = await runScenario(forgetful, { seed: failure.seed, plan: failure.plan });
    assert.equal(again.traceHash, failure.run.traceHash);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a service that charges first forgets no order, under the same seeds", async () => {
  const { failure, seeds } = await searchSeeds(scenario, { seeds: SEEDS, out: false });
  assert.equal(failure, undefined, failure?.message);
  assert.equal(seeds, SEEDS);
});

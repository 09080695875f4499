// examples/order-service: the simulator finds the lost order, and no failure in the version that waits.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import assert from "node:assert/strict";
import { runScenario, searchSeeds } from "odradek/simulation";
import { early, scenario } from "../../examples/order-service/simulation.ts";

const SEEDS = 40;

test("an order that was confirmed before it was written is lost: found, shrunk to one fault, drawn", async () => {
  const folder = mkdtempSync(join(tmpdir(), "odradek-orders-"));
  try {
    const { failure } = await searchSeeds(early, { seeds: SEEDS, out: folder, module: "simulation.js#early" });
    assert.ok(failure !== undefined, `not found in ${SEEDS} seeds`);
    assert.ok(failure.plan.faults.length >= 1 && failure.plan.faults.length <= 2, failure.message);
    assert.match(
      failure.message,
      /breaks confirmed-orders-are-kept: order-\d+ was confirmed to its caller, and is not in the topic/,
    );
    const page = readFileSync(join(folder, `simulation-${failure.seed}-confirmed-orders-are-kept.html`), "utf8");
    assert.ok(
      page.includes(`at <a>${failure.violation.atMs.toFixed(1)} ms</a>: ${failure.violation.message}`),
      "the page names the moment",
    );
    assert.match(page, /no request of the whole run contains order-\d+/);
    const again = await runScenario(early, { seed: failure.seed, plan: failure.plan });
    assert.equal(again.traceHash, failure.run.traceHash);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("an order that is confirmed when it is written is kept, under the same seeds", async () => {
  const { failure, seeds } = await searchSeeds(scenario, { seeds: SEEDS, out: false });
  assert.equal(failure, undefined, failure?.message);
  assert.equal(seeds, SEEDS);
});

// Positions under faults: a corpus, and seeds of the commit (see seeds.ts).
import assert from "node:assert/strict";
import { test } from "node:test";
import { runScenario } from "../../src/simulation.ts";
import { positionScenario } from "../../src/scenarios/position-scenario.ts";
import { seedsOf, upTo } from "./seeds.ts";

for (const seed of seedsOf(upTo(10))) {
  test(`seed ${seed}: positions follow seeks and resets, and every other change is reported`, async () => {
    const { violations, plan } = await runScenario(positionScenario(), { seed });
    assert.deepEqual(violations.slice(0, 5), [], JSON.stringify(plan));
  });
}

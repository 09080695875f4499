// Plants bugs of group members in copies of the client: its checker finds each within a given number of seeds.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runScenario } from "../../src/simulation.ts";
import { groupScenario } from "../../src/scenarios/group-scenario.ts";
import { GROUP_MUTANTS } from "./mutants/group-mutants.ts";
import { patchedCopy } from "./mutants/patched-copy.ts";

const MOST_SEEDS = 20;

for (const [i, { what, invariant, patches }] of GROUP_MUTANTS.entries()) {
  test(`${invariant} finds ${what}`, async (t) => {
    const { Kafka, remove } = await patchedCopy(`group-${i}`, patches);
    try {
      const told = new Set<string>();
      let seed = 0;
      while (!told.has(invariant) && seed < MOST_SEEDS)
        for (const violation of (await runScenario(groupScenario({ Client: Kafka }), { seed: ++seed })).violations)
          told.add(violation.invariant);
      t.diagnostic(`seed ${seed}: ${[...told].join()}`);
      assert.ok(told.has(invariant), `none of ${MOST_SEEDS} seeds finds it; what was told: ${[...told].join()}`);
      assert.deepEqual((await runScenario(groupScenario(), { seed })).violations, [], "the same seed without the bug");
    } finally {
      remove();
    }
  });
}

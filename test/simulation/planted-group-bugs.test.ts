// Plants bugs of group members in copies of the client: its checker finds each within a given number of seeds.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runScenario } from "../../src/simulation.ts";
import { groupScenario } from "../../src/scenarios/group-scenario.ts";
import { GROUP_MUTANTS } from "./mutants/group-mutants.ts";
import { patchedCopy } from "./mutants/patched-copy.ts";

const MOST_SEEDS = 20;
const IN_TURN = Array.from({ length: MOST_SEEDS }, (_, i) => i + 1);

for (const [i, { what, invariant, patches, hint }] of GROUP_MUTANTS.entries()) {
  test(`${invariant} finds ${what}`, async (t) => {
    const { Kafka, remove } = await patchedCopy(`group-${i}`, patches);
    try {
      const told = new Set<string>();
      let seed = 0;
      for (const next of hint === undefined ? IN_TURN : [hint, ...IN_TURN]) {
        seed = next;
        for (const violation of (await runScenario(groupScenario({ Client: Kafka }), { seed })).violations)
          told.add(violation.invariant);
        if (told.has(invariant)) break;
      }
      t.diagnostic(`seed ${seed}: ${[...told].join()}`);
      if (hint !== undefined && seed !== hint) t.diagnostic(`the hint, seed ${hint}, does not find it: write ${seed}`);
      assert.ok(told.has(invariant), `none of ${MOST_SEEDS} seeds finds it; what was told: ${[...told].join()}`);
      assert.deepEqual((await runScenario(groupScenario(), { seed })).violations, [], "the same seed without the bug");
    } finally {
      remove();
    }
  });
}

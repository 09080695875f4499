// Plants bugs of consumeTransformProduce in copies of the client: T3 finds each within a few seeds.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runScenario } from "../../src/simulation.ts";
import { exactlyOnceScenario } from "../../src/scenarios/exactly-once-scenario.ts";
import { patchedCopy } from "./mutants/patched-copy.ts";
import { EXACTLY_ONCE_BUGS } from "./mutants/scenario-mutants.ts";

const MOST_SEEDS = 10;

for (const [i, { what, patches }] of EXACTLY_ONCE_BUGS.entries()) {
  test(`T3 finds ${what}`, async (t) => {
    const { Kafka, consumeTransformProduce, remove } = await patchedCopy(`eos-${i}`, patches);
    try {
      const told = new Set<string>();
      let seed = 0;
      while (!told.has("T3") && seed < MOST_SEEDS)
        for (const violation of (
          await runScenario(
            exactlyOnceScenario({
              transactionVersion: ++seed % 2 === 0 ? 2 : 1,
              Client: Kafka,
              consumeTransformProduce,
            }),
            { seed },
          )
        ).violations)
          told.add(violation.invariant);
      t.diagnostic(`seed ${seed}: ${[...told].join()}`);
      assert.ok(told.has("T3"), `none of ${MOST_SEEDS} seeds finds it; what was told: ${[...told].join()}`);
    } finally {
      remove();
    }
  });
}

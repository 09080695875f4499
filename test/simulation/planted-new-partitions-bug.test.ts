// Plants an old rule of the producer as a bug: one guard per broker in place of one per partition.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runScenario } from "../../src/simulation.ts";
import { patchedCopy } from "./mutants/patched-copy.ts";
import { ONE_GUARD_A_BROKER } from "./mutants/scenario-mutants.ts";
import { newPartitionsScenario } from "../../src/scenarios/new-partitions-scenario.ts";

const MOST_SEEDS = 100;

test("P3 finds a producer with one guard for each broker in place of one for each partition", async (t) => {
  const { Kafka, remove } = await patchedCopy("one-guard", ONE_GUARD_A_BROKER);
  try {
    let found = "";
    let seed = 0;
    while (found === "" && seed < MOST_SEEDS)
      found =
        (await runScenario(newPartitionsScenario({ Client: Kafka, forgets: false }), { seed: ++seed })).violations.find(
          ({ invariant }) => invariant === "P3",
        )?.message ?? "";
    t.diagnostic(`seed ${seed}: ${found}`);
    assert.notEqual(found, "", `none of ${MOST_SEEDS} seeds finds it`);
    assert.deepEqual(
      (await runScenario(newPartitionsScenario({ forgets: false }), { seed })).violations,
      [],
      "the same seed without the bug",
    );
  } finally {
    remove();
  }
});
